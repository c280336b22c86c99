//! A sequence of sample sizes. For each, a group of networks is trained from scratch, and the one that is best on validation
//! data is tested on fresh data.
use super::{Claim, EveNetwork, Examples, Learner, Measure, engine};
use crate::battery::{Attack, AttackError, Context};
use crate::ciphers::Stream;
use crate::report::CurvePoint;

/// Final learning rate of a training, which decays along half a cosine.
const LAST_RATE: f64 = 1e-4;
/// Number of validations in a training.
const VALIDATIONS: usize = 6;

/// One sample size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rung {
    /// Number of training examples.
    pub(crate) samples: usize,
    /// Number of times that each example is used. Those of a fast cipher that are used once are drawn on demand and not kept.
    pub(crate) passes: usize,
}

/// Maximum number of times that an example is used, if there are few.
const PASSES: usize = 40;

/// `count` sample sizes up to `most` examples, each four times the previous one; or a single one, used repeatedly, if there are
/// only `pool` examples, which are fewer.
pub(crate) fn rungs(most: usize, pool: Option<usize>, count: u32) -> Vec<Rung> {
    match pool {
        Some(pool) if pool < most => {
            vec![Rung { samples: pool, passes: (most / pool.max(1)).clamp(2, PASSES) }]
        }
        _ => (0..count).rev().map(|step| Rung { samples: (most >> (2 * step)).max(256), passes: 1 }).collect(),
    }
}

/// The plan of a training sequence.
pub(crate) struct Ladder<'a> {
    pub(crate) attack: &'a dyn Attack,
    pub(crate) nets: &'a [EveNetwork],
    pub(crate) rungs: &'a [Rung],
    pub(crate) batch: usize,
    /// Initial learning rate.
    pub(crate) rate: f64,
    /// Number of validation examples.
    pub(crate) validation: usize,
    /// Number of test examples for each sample size; 0 for none.
    pub(crate) test: usize,
    /// Fraction of right guesses at which nothing is left to learn, and the sequence ends.
    pub(crate) enough: f64,
}

/// The best network over all sample sizes.
pub(crate) struct Summit {
    pub(crate) learner: Learner,
    /// The claim about it, chosen on validation data.
    pub(crate) claim: Claim,
    /// Number of samples that it was trained on.
    pub(crate) samples: usize,
    /// One point per sample size, on fresh data.
    pub(crate) curve: Vec<CurvePoint>,
    /// The full measurements for the same sample sizes.
    pub(crate) tests: Vec<(usize, Measure)>,
    /// Total number of examples drawn.
    pub(crate) drawn: u64,
}

/// Runs the sequence. `draw` returns the requested number of new examples, or fewer if there are no more. `None` if there are
/// no examples.
pub(crate) fn climb(
    ladder: &Ladder,
    context: &Context,
    draw: &mut dyn FnMut(usize) -> Result<Examples, AttackError>,
) -> Result<Option<Summit>, AttackError> {
    let engine = engine(context)?;
    let validation = draw(ladder.validation)?;
    let mut drawn = validation.rows() as u64;
    if drawn == 0 {
        return Ok(None);
    }
    let total: usize = ladder.rungs.iter().map(|rung| rung.samples * rung.passes).sum();
    let mut done = 0;
    let mut best: Option<(f64, Learner, usize)> = None;
    let (mut curve, mut tests) = (Vec::new(), Vec::new());
    for (number, rung) in ladder.rungs.iter().enumerate() {
        let bits = validation.targets.bits();
        let mut learners: Vec<Learner> = (0..)
            .zip(ladder.nets)
            .map(|(i, net)| {
                let seed = context.stream(&format!("{} network {number} {i}", ladder.attack.name())).word();
                Learner::new(&engine, *net, validation.features(), bits, ladder.batch, seed)
            })
            .collect();
        let mut batches = Batches::new(*rung, ladder.batch, context, draw)?;
        if batches.samples == 0 {
            break;
        }
        let steps = (batches.samples * rung.passes).div_ceil(ladder.batch).max(1);
        for step in 0..steps {
            context.check()?;
            let batch = batches.next(draw)?;
            let along = step as f64 / steps as f64;
            let rate = LAST_RATE + (ladder.rate - LAST_RATE) * 0.5 * (1.0 + (std::f64::consts::PI * along).cos());
            for learner in &mut learners {
                learner.step(&batch, rate);
            }
            // More often towards the end, when the rate is low.
            if (step + 1) * VALIDATIONS / steps > step * VALIDATIONS / steps {
                learners.iter_mut().for_each(|learner| learner.validate(&validation));
                let share = (done + rung.samples * rung.passes * (step + 1) / steps) as f64 / total.max(1) as f64;
                context.report(ladder.attack, share);
            }
        }
        done += rung.samples * rung.passes;
        drawn += batches.samples as u64;
        let strongest = learners
            .into_iter()
            .map(|mut learner| (learner.recall(), learner))
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        let Some((strength, mut learner)) = strongest else { break };
        let mut accuracy = 0.0;
        if ladder.test > 0 {
            let untouched = draw(ladder.test)?;
            drawn += untouched.rows() as u64;
            let claim = learner.measure(&validation).best().0;
            let measure = learner.measure(&untouched);
            let [low, high] = measure.interval(claim);
            let score = measure.score(claim);
            accuracy = measure.score(Claim::All).accuracy();
            curve.push(CurvePoint { samples: batches.samples as f64, advantage: score.advantage(), low, high });
            tests.push((batches.samples, measure));
        }
        if best.as_ref().is_none_or(|(most, ..)| strength > *most) {
            best = Some((strength, learner, batches.samples));
        }
        if accuracy >= ladder.enough {
            break;
        }
    }
    Ok(best.map(|(_, mut learner, samples)| {
        let claim = learner.measure(&validation).best().0;
        Summit { learner, claim, samples, curve, tests, drawn }
    }))
}

/// The batches of one sample size.
struct Batches {
    batch: usize,
    samples: usize,
    /// The examples and their next order, if they are used more than once or come from a program.
    pool: Option<(Examples, Vec<u32>)>,
    next: usize,
    stream: Stream,
}

impl Batches {
    fn new(
        rung: Rung,
        batch: usize,
        context: &Context,
        draw: &mut dyn FnMut(usize) -> Result<Examples, AttackError>,
    ) -> Result<Self, AttackError> {
        let stream = context.stream("order of examples");
        // A program is not started for every batch.
        if rung.passes == 1 && context.allowance.is_none() {
            return Ok(Self { batch, samples: rung.samples, pool: None, next: 0, stream });
        }
        let pool = draw(rung.samples)?;
        let order: Vec<u32> = (0..pool.rows() as u32).collect();
        Ok(Self { batch, samples: pool.rows(), next: pool.rows(), pool: Some((pool, order)), stream })
    }

    fn next(&mut self, draw: &mut dyn FnMut(usize) -> Result<Examples, AttackError>) -> Result<Examples, AttackError> {
        let Some((pool, order)) = &mut self.pool else { return draw(self.batch) };
        let mut rows = Vec::with_capacity(self.batch);
        while rows.len() < self.batch {
            if self.next == order.len() {
                self.next = 0;
                for last in (1..order.len()).rev() {
                    order.swap(last, self.stream.below(last as u64 + 1) as usize);
                }
            }
            let take = (self.batch - rows.len()).min(order.len() - self.next);
            rows.extend_from_slice(&order[self.next..self.next + take]);
            self.next += take;
        }
        Ok(pool.pick(&rows))
    }
}
