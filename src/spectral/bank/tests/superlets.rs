//! Superlets against their definition.

use super::*;

/// Every filter's geometric mean by its definition.
fn superlets_slowly(bank: &Superlet, line: &[f64]) -> Vec<Vec<Complex<f64>>> {
    let of_filter = |filter: &crate::spectral::bank::Filter<_>| {
        let mut product = vec![Complex::new(1.0, 0.0); line.len()];
        for (kernel, weight) in &filter.kernels {
            let terms = slowly(kernel, line, 200.0);
            product
                .iter_mut()
                .zip(terms)
                .for_each(|(p, z)| *p *= z.powf(*weight));
        }
        product
    };
    bank.filters.iter().map(of_filter).collect()
}

#[test]
fn superlets_are_geometric_means_of_convolutions() {
    let recording = recording(&[150], 1);
    let samples = samples(150, 1);
    for keys in [
        "order_max = 1\n",
        "order_max = 5\norder_min = 2\n",
        "order_max = 7\nadaptive = true\n",
    ] {
        let config = format!(
            "{OF_SYNCOPY}method = \"superlet\"\noutput = \"fourier\"\nfoi = [5, 30, 60]\n{keys}"
        );
        let design = design(&config, &recording).unwrap();
        let Design::Superlet(bank) = &design else {
            unreachable!("superlet was asked for")
        };
        let of_filter = superlets_slowly(bank, &detrended(&samples, 0));
        let want: Vec<_> = (0..150)
            .flat_map(|t| of_filter.iter().map(move |y| y[t]))
            .collect();
        assert_close(
            &complex(&estimate(&design, 0, &samples, 150)),
            &want,
            1e-10,
            keys,
        );
        let power = self::design(&config.replace("fourier", "pow"), &recording).unwrap();
        let power = estimate(&power, 0, &samples, 150);
        for (got, want) in power.iter().zip(&want) {
            assert!(
                (got - want.norm_sqr()).abs() <= 1e-9 * want.norm_sqr(),
                "{keys}"
            );
        }
    }
}

#[test]
fn superlets_of_tiny_and_huge_samples_are_those_of_others_scaled() {
    let recording = recording(&[150], 2);
    let config = "method = \"superlet\"\noutput = \"abs\"\nfoi = [20, 50]\norder_max = 12\nedges = \"trial\"\n";
    let design = design(config, &recording).unwrap();
    let single = samples(150, 2).mapv(|x| x as f32);
    let want = estimate(&design, 0, &single, 150);
    for exponent in [-80, 80] {
        let scale = libm::exp2f(exponent as f32);
        let got = estimate(&design, 0, &single.mapv(|x| x * scale), 150);
        let got: Vec<f32> = got.iter().map(|x| x / scale).collect();
        assert_eq!(got, want, "2^{exponent}");
    }
    let nothing = estimate(&design, 0, &Array2::<f32>::zeros((150, 2)), 150);
    assert!(nothing.iter().all(|x| *x == 0.0));
}
