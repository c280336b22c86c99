//! Selective protection: Abadi and Andersen, section 3.
//!
//! There are four jointly normal values A, B, C and D. Alice sees A, B, C and a key. She publishes an estimate of D and a
//! ciphertext. Bob has the key and makes a better estimate of D from both. Eve sees both and estimates C, which should stay
//! secret although it is correlated with D.
//!
//! The paper does not specify the matrix, the weights and the last layers of the networks. Here the matrix and the weights are
//! settings. The networks are "mix & transform" with a linear layer after the last hyperbolic tangent, because the estimates
//! are unbounded.

use evesdrop_engine::{Init, Scalar, Var};
use serde::{Deserialize, Serialize};

use super::game::{Errors, Objectives, SquaredErrors, Table};

/// The settings of the selective game.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Selective {
    /// Correlations of A, B, C and D: symmetric, with ones on the diagonal, positive definite.
    pub correlations: [[f64; 4]; 4],
    /// Weight of the public estimate's squared error in Alice and Bob's loss, 0 to 1000.
    pub public_weight: f64,
    /// Weight of Bob's squared error in Alice and Bob's loss, 0 to 1000.
    pub bob_weight: f64,
    /// Weight of |cov(C_Eve, C)| in Alice and Bob's loss, 0 to 1000.
    pub eve_weight: f64,
    /// Goal: the largest distance of the errors from their optimum, above 0 and at most 1. See [`Selective::bob_bound`] and
    /// [`Selective::public_price`].
    pub tolerance: f64,
}

impl Default for Selective {
    fn default() -> Self {
        let row = |i| std::array::from_fn(|j| if i == j { 1.0 } else { 0.5 });
        let correlations = std::array::from_fn(row);
        // With an Eve weight of 1, Eve keeps an advantage of 0.05 to 0.15 (measured in docs/science/selective.md).
        Self { correlations, public_weight: 1.0, bob_weight: 1.0, eve_weight: 10.0, tolerance: 0.02 }
    }
}

/// What an Eve estimates. The covariance term protects only C itself, not functions of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Secret {
    /// C, standard normal.
    Value,
    /// |C|.
    Magnitude,
    /// C^2.
    Square,
}

impl Secret {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Value, Self::Magnitude, Self::Square];

    fn of<'g>(self, c: Var<'g>) -> Var<'g> {
        match self {
            Self::Value => c,
            Self::Magnitude => c.abs(),
            Self::Square => c.square(),
        }
    }

    /// Blind Eve's estimate: the mean.
    fn mean(self) -> f64 {
        match self {
            Self::Value => 0.0,
            Self::Magnitude => libm::sqrt(2.0 / std::f64::consts::PI),
            Self::Square => 1.0,
        }
    }
}

impl Selective {
    /// Checks that the settings define a game.
    ///
    /// # Errors
    /// One line, if the matrix is not a correlation matrix or a weight is out of range.
    pub fn check(&self) -> Result<(), String> {
        let weights =
            [("public-weight", self.public_weight), ("bob-weight", self.bob_weight), ("eve-weight", self.eve_weight)];
        for (name, weight) in weights {
            if !(0.0..=1000.0).contains(&weight) {
                return Err(format!("selective.{name} = {weight}: must be from 0 to 1000"));
            }
        }
        if !(self.tolerance > 0.0 && self.tolerance <= 1.0) {
            return Err(format!("selective.tolerance = {}: must be above 0 and at most 1", self.tolerance));
        }
        self.factor().map(|_| ()).map_err(|why| format!("selective.correlations: {why}"))
    }

    /// The lower triangular L with L L' = the correlation matrix (Cholesky decomposition). L z has these correlations if the z
    /// are independent and standard normal.
    fn factor(&self) -> Result<[[f64; 4]; 4], String> {
        let r = &self.correlations;
        let mut l = [[0.0; 4]; 4];
        for i in 0..4 {
            if r[i][i] != 1.0 {
                return Err(format!("row {}: the diagonal must be 1, not {}", i + 1, r[i][i]));
            }
            for j in 0..=i {
                if r[i][j] != r[j][i] {
                    return Err(format!("not symmetric in rows {} and {}: {} and {}", j + 1, i + 1, r[j][i], r[i][j]));
                }
                let rest = r[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
                if i == j && (rest.is_nan() || rest <= 1e-9) {
                    return Err(format!(
                        "not positive definite: value number {} cannot have these correlations",
                        i + 1
                    ));
                }
                l[i][j] = if i == j { libm::sqrt(rest) } else { rest / l[j][j] };
            }
        }
        Ok(l)
    }

    /// The lowest possible mean squared error of an estimate of D from A, B and C: 1 - r' S^-1 r, where S holds the
    /// correlations of A, B and C, and r their correlations with D. This is the square of the factor's last pivot. 0 to 1.
    ///
    /// # Panics
    /// If the settings do not pass [`Selective::check`].
    pub fn bob_bound(&self) -> f64 {
        self.factor().expect("checked")[3][3].powi(2)
    }

    /// The excess of the best public estimate's error over Bob's best if the estimate reveals nothing about C: the squared
    /// correlation of C and D. 0 to 1.
    pub fn public_price(&self) -> f64 {
        self.correlations[2][3].powi(2)
    }
}

fn squared_error<'g>(value: Var<'g>, estimate: Var<'g>) -> Var<'g> {
    (value - estimate).square()
}

/// cov(x, y) over the batch.
fn covariance<'g>(x: Var<'g>, y: Var<'g>) -> Scalar<'g> {
    (x * y).mean() - x.mean() * y.mean()
}

/// Records the game. `secrets` are the values that the Eves estimate.
pub(super) fn play(table: &Table<'_>, secrets: &[Secret]) -> Objectives {
    let Table { g, rules, .. } = *table;
    let Selective { public_weight, bob_weight, eve_weight, .. } = rules.selective;
    let factor = rules.selective.factor().expect("checked");
    let normals = g.normals("normals", 4);
    // L z, one row after another.
    let [a, b, c, d] = factor.map(|row| {
        let terms = row.iter().enumerate().filter(|(_, l)| **l != 0.0);
        let terms = terms.map(|(k, l)| normals.slice(k, 1) * *l as f32);
        terms.reduce(|x, y| x + y).expect("a pivot is not 0")
    });
    let key = table.source("key", rules.key_bits);
    let said = table.values("alice", &[a, b, c, key], rules.bits);
    let public = said.slice(0, 1);
    let by_bob = table.values("bob", &[said, key], 1);

    let names = rules.eve_names().into_iter().zip(&rules.eves).zip(secrets);
    let eves: Vec<(Var<'_>, Var<'_>, Secret)> = names
        .map(|((name, kind), secret)| {
            let by_eve = match kind.net() {
                Some(net) => net.record(g, &name, said, 1),
                None => table.values(&name, &[said], 1),
            };
            (secret.of(c), by_eve, *secret)
        })
        .collect();

    let (public_error, bob_error) = (squared_error(d, public), squared_error(d, by_bob));
    let some = "there is an Eve";
    let told = eves.iter().map(|(secret, by_eve, _)| covariance(*by_eve, *secret).abs());
    let told = told.reduce(|x, y| x + y).expect(some) * (1.0 / eves.len() as f64);
    let eve = eves.iter().map(|(secret, by_eve, _)| squared_error(*secret, *by_eve).mean());
    let blind = |secret: &Var<'_>, kind: Secret| (*secret + -kind.mean() as f32).square().id();
    Objectives {
        eve_targets: vec![],
        ciphertext: said.id(),
        alice_bob: (public_error.mean() * public_weight + bob_error.mean() * bob_weight + told * eve_weight).id(),
        eve: eve.reduce(|x, y| x + y).expect(some).id(),
        errors: Errors::Values(SquaredErrors {
            public: public_error.id(),
            bob: bob_error.id(),
            eves: eves.iter().map(|(c, by_eve, kind)| [squared_error(*c, *by_eve).id(), blind(c, *kind)]).collect(),
        }),
    }
}

impl<'g> Table<'g> {
    /// A player's network with unbounded output values.
    fn values(&self, name: &str, inputs: &[Var<'g>], outputs: usize) -> Var<'g> {
        let h = self.network(name, inputs);
        let init = Init::Xavier { fan_in: h.features(), fan_out: outputs };
        self.g.dense(&format!("{name}.output"), h, outputs, init)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_correlations_have_the_expected_yardsticks() {
        let half = Selective::default();
        assert!((half.bob_bound() - 0.625).abs() < 1e-12);
        assert_eq!(half.public_price(), 0.25);
        half.check().unwrap();
    }

    #[test]
    fn the_factor_gives_the_correlations_back() {
        let correlations = [[1.0, 0.1, -0.3, 0.4], [0.1, 1.0, 0.2, 0.0], [-0.3, 0.2, 1.0, 0.6], [0.4, 0.0, 0.6, 1.0]];
        let l = Selective { correlations, ..Selective::default() }.factor().unwrap();
        for (i, row) in correlations.iter().enumerate() {
            for (j, want) in row.iter().enumerate() {
                let got: f64 = (0..4).map(|k| l[i][k] * l[j][k]).sum();
                assert!((got - want).abs() < 1e-12, "{i}, {j}: {got}, not {want}");
            }
        }
    }

    #[test]
    fn invalid_correlation_matrices_give_one_line_errors() {
        let said = |change: &dyn Fn(&mut Selective)| {
            let mut selective = Selective::default();
            change(&mut selective);
            selective.check().unwrap_err()
        };
        assert_eq!(
            said(&|s| s.correlations[1][0] = 0.4),
            "selective.correlations: not symmetric in rows 1 and 2: 0.5 and 0.4"
        );
        assert_eq!(
            said(&|s| s.correlations[2][2] = 2.0),
            "selective.correlations: row 3: the diagonal must be 1, not 2"
        );
        let opposed = |s: &mut Selective| {
            (s.correlations[0][1], s.correlations[1][0]) = (-0.9, -0.9);
        };
        assert_eq!(
            said(&opposed),
            "selective.correlations: not positive definite: value number 3 cannot have these correlations"
        );
        assert!(said(&|s| s.correlations[0][0] = f64::NAN).starts_with("selective.correlations: row 1"));
        assert_eq!(said(&|s| s.eve_weight = -1.0), "selective.eve-weight = -1: must be from 0 to 1000");
        assert!(said(&|s| s.tolerance = f64::NAN).starts_with("selective.tolerance = NaN: must be above 0"));
    }
}
