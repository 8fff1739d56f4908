use super::*;

fn holds(condition: &str) -> bool {
    let value_of = |name: &str| match name {
        "trial_type" => "target",
        "response_time" => "0.43",
        "block" => "2",
        "stim file" => "a.png",
        _ => "",
    };
    Condition::parse(condition)
        .expect(condition)
        .holds(&value_of)
}

#[test]
fn conditions_hold_as_they_read() {
    for condition in [
        "trial_type == \"target\"",
        "trial_type == 'target' and response_time < 0.5",
        "response_time<=0.43 and response_time>=.43",
        "trial_type == \"x\" or block == 2",
        "trial_type == \"x\" and block == 1 or block == 2.0",
        "trial_type == \"target\" or trial_type == \"x\" and block == 1",
        "not trial_type == \"x\"",
        "not (trial_type == \"target\" and block == 1)",
        "trial_type in [\"x\", \"target\"]",
        "block in (1, 2)",
        "block not in [1, 3]",
        "`stim file` != \"b.png\"",
        "block > -1e1",
        "missing == \"\"",
        // a value that is no number is unequal to all numbers
        "trial_type != 0",
    ] {
        assert!(holds(condition), "{condition}");
    }
    for condition in [
        "trial_type == \"Target\"",
        "missing < 1",
        "missing >= 1",
        "block == 1",
        "trial_type in [\"x\"]",
        "not block == 2",
        "(trial_type == \"target\" or trial_type == \"x\") and block == 1",
    ] {
        assert!(!holds(condition), "{condition}");
    }
}

#[test]
fn what_is_no_condition_is_refused_with_what_would_be() {
    for (text, part) in [
        ("", "expected a column"),
        ("trial_type", "expected a column, a comparison"),
        ("trial_type = \"x\"", "expected =="),
        ("trial_type == x", "strings stand in quotes"),
        ("trial_type == \"x", "has no end"),
        ("(block == 1", "expected a )"),
        (
            "block == 1 block == 2",
            "expected and, or, or the end before block",
        ),
        ("block == 1 && block == 2", "expected and"),
        ("block == 1e999", "is no number"),
        ("block in 1", "in brackets"),
        ("block in []", "in brackets"),
        ("block not == 1", "expected a column"),
        ("block == 1; rm", "found ;"),
    ] {
        let error = Condition::parse(text).expect_err(text);
        assert!(error.contains(part), "{text}: {error}");
    }
    let deep = "(".repeat(60) + "a == 1" + &")".repeat(60);
    assert!(
        Condition::parse(&deep)
            .unwrap_err()
            .contains("lie in each other")
    );
    assert!(Condition::parse(&"not ".repeat(2000)).is_err());
    assert!(Condition::parse(&"a == 1 and ".repeat(2000)).is_err());
}

#[test]
fn columns_are_those_it_asks_about() {
    let condition = Condition::parse("a == 1 and (not b in [2] or `c d` < 3)").unwrap();
    assert_eq!(condition.columns(), ["a", "b", "c d"]);
}

#[test]
fn words_that_mean_infinity_are_no_numbers() {
    let condition = Condition::parse("a > 5").unwrap();
    for value in ["INF", "inf", "1e999", "infinity"] {
        assert!(!condition.holds(&|_: &str| value), "{value}");
    }
    assert!(condition.holds(&|_: &str| "6"));
}
