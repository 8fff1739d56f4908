//! What is known of trials beside their samples: the columns of `trialinfo`, a matrix, a struct of columns, or a struct or
//! a cell for every trial. Tables are objects that only MATLAB reads.

use crate::error::Result;
use crate::input::matlab::{MatFile, Numbers, Structs, Value};
use crate::phrase::shorten;
use crate::recording::MAX_TRIAL_COLUMNS;

/// Characters that are shown of a name.
const MAX_SHOWN: usize = 60;

/// A column of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct TextColumn {
    /// Its name; empty where it has none.
    pub name: String,
    /// A text for every trial, empty where there is none.
    pub values: Vec<String>,
}

/// What trialinfo holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrialInfo {
    /// Columns of numbers, each with its name, which may be empty, and a number for every trial.
    pub numbers: Vec<(String, Vec<f64>)>,
    /// Columns of texts.
    pub texts: Vec<TextColumn>,
    /// What was not read.
    pub notices: Vec<String>,
}

/// Reads the field `trialinfo` of `n_trials` trials; the inner error says what is wrong with it.
///
/// # Errors
/// The file cannot be read.
pub fn read(
    file: &mut MatFile,
    value: Option<&Value>,
    n_trials: usize,
) -> Result<Result<TrialInfo, String>> {
    let mut info = TrialInfo::default();
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(Ok(info));
    };
    match value {
        Value::Numbers(matrix) => match columns_of(matrix, n_trials) {
            Some(n_columns) => {
                for column in 0..n_columns as u64 {
                    let n = n_trials as u64;
                    let values = file.read(matrix, column * n..(column + 1) * n)?;
                    info.numbers.push((String::new(), values));
                }
            }
            None => return Ok(Err(wrong_size(value, n_trials))),
        },
        Value::Structs(structs) if structs.n == n_trials && n_trials > 1 => {
            for (name, values) in &structs.fields {
                info.add(name, &values.iter().collect::<Vec<_>>());
            }
        }
        Value::Structs(structs) if structs.n == 1 => info.add_columns(file, structs, n_trials)?,
        Value::Cells(cells) if cells.len().is_multiple_of(n_trials) => {
            if cells.len() == n_trials && cells.iter().all(is_struct) {
                info.add_structs(cells);
            } else {
                for column in cells.chunks(n_trials) {
                    info.add("", &column.iter().collect::<Vec<_>>());
                }
            }
        }
        Value::Structs(_) | Value::Cells(_) => return Ok(Err(wrong_size(value, n_trials))),
        Value::Text(text) if n_trials == 1 => info.texts.push(TextColumn {
            name: String::new(),
            values: vec![text.clone()],
        }),
        other => info.notices.push(not_read("trialinfo", other)),
    }
    Ok(Ok(info))
}

fn wrong_size(value: &Value, n_trials: usize) -> String {
    format!(
        "is {}; expected {n_trials} rows, one for every trial, of at most {MAX_TRIAL_COLUMNS} columns: correct it, or leave it out \
         with data = rmfield(data, 'trialinfo')",
        value.shown()
    )
}

/// What is said of a value that is not read.
fn not_read(name: &str, value: &Value) -> String {
    let name = shorten(name, MAX_SHOWN);
    let what = value.shown();
    if value.is_table() {
        return format!(
            "{name} is {what}, an object that only MATLAB reads, and is left out: save it as a struct, data.trialinfo = \
             table2struct(data.trialinfo, 'ToScalar', true), or of numbers alone as a matrix, data.trialinfo = \
             table2array(data.trialinfo)"
        );
    }
    format!(
        "{name} is {what} and is left out; expected a number or a text for every trial: save it as a matrix, a cell array or \
         a struct of columns"
    )
}

fn is_struct(value: &Value) -> bool {
    matches!(value, Value::Structs(structs) if structs.n == 1)
}

/// Columns of a matrix with a row for every trial, or of a single row of them.
fn columns_of(matrix: &Numbers, n_trials: usize) -> Option<usize> {
    let n = n_trials as u64;
    match matrix.shape[..] {
        [rows, columns] if rows == n && columns <= MAX_TRIAL_COLUMNS as u64 => {
            Some(columns as usize)
        }
        [1, columns] if columns == n => Some(1),
        _ => None,
    }
}

impl TrialInfo {
    fn is_full(&mut self) -> bool {
        let is_full = self.numbers.len() + self.texts.len() >= MAX_TRIAL_COLUMNS;
        let notice =
            format!("trialinfo has more than {MAX_TRIAL_COLUMNS} columns: the others are left out");
        if is_full && !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
        is_full
    }

    /// Adds the fields of a struct of columns.
    fn add_columns(
        &mut self,
        file: &mut MatFile,
        structs: &Structs,
        n_trials: usize,
    ) -> Result<()> {
        for (name, values) in &structs.fields {
            if self.is_full() {
                break;
            }
            match &values[0] {
                Value::Numbers(column)
                    if column.count() == n_trials as u64
                        && columns_of(column, n_trials) == Some(1) =>
                {
                    let values = file.read(column, 0..n_trials as u64)?;
                    self.numbers.push((name.clone(), values));
                }
                Value::Cells(cells) if cells.len() == n_trials => {
                    self.add(name, &cells.iter().collect::<Vec<_>>());
                }
                Value::Text(text) if n_trials == 1 => self.texts.push(TextColumn {
                    name: name.clone(),
                    values: vec![text.clone()],
                }),
                other => self
                    .notices
                    .push(not_read(&format!("trialinfo.{name}"), other)),
            }
        }
        Ok(())
    }

    /// Adds the fields of structs of which each is a trial's; those that a trial does not have are empty.
    fn add_structs(&mut self, cells: &[Value]) {
        let structs: Vec<&Structs> = cells
            .iter()
            .filter_map(|cell| match cell {
                Value::Structs(structs) => Some(structs),
                _ => None,
            })
            .collect();
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in structs.iter().flat_map(|structs| &structs.fields) {
            if names.len() <= MAX_TRIAL_COLUMNS && !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let nothing = Value::Text(String::new());
        for name in names {
            let of = |structs: &&Structs| structs.value(name).cloned();
            let values: Vec<Value> = structs
                .iter()
                .map(|structs| of(structs).unwrap_or_else(|| nothing.clone()))
                .collect();
            self.add(name, &values.iter().collect::<Vec<_>>());
        }
    }

    /// Adds a column of single values: numbers if all are, else texts.
    fn add(&mut self, name: &str, values: &[&Value]) {
        if self.is_full() {
            return;
        }
        let number = |value: &&Value| match value {
            value if value.is_empty() => Some(f64::NAN),
            value => value.number(),
        };
        let are_empty = values.iter().all(|value| value.is_empty());
        if let Some(numbers) = values.iter().map(number).collect::<Option<_>>()
            && !are_empty
        {
            self.numbers.push((name.to_owned(), numbers));
            return;
        }
        let text = |value: &&Value| match value {
            value if value.is_empty() => Some(String::new()),
            value => value.text(),
        };
        match values.iter().map(text).collect() {
            Some(values) => self.texts.push(TextColumn {
                name: name.to_owned(),
                values,
            }),
            None => {
                let is_other = |value: &&&Value| text(value).is_none();
                let other = values.iter().find(is_other).expect("one is not a text");
                let column = match name {
                    "" => "trialinfo".to_owned(),
                    name => format!("trialinfo.{name}"),
                };
                self.notices.push(not_read(&column, other));
            }
        }
    }
}
