//! Linear algebra over GF(2): fits an affine map to pairs of bit strings.
use crate::ciphers::Blocks;

/// An affine map y = A x + b over GF(2), solved from examples. It may hold for some bits of y only.
pub(crate) struct AffineMap {
    inputs: usize,
    outputs: usize,
    /// For input bit i (and the constant at index `inputs`): the outputs that it flips. Empty if it was not needed.
    rows: Vec<Vec<u64>>,
    /// Output bits that no affine map explains.
    wrong: Vec<u64>,
}

impl AffineMap {
    /// Solves for the map by elimination. At most `inputs + 1` independent examples determine the map, and all further ones
    /// test it. With `inputs + 65` examples or more, a non-affine bit looks affine with a probability of at most 2^-64.
    pub(crate) fn fit(x: &Blocks, y: &Blocks) -> Self {
        let (inputs, outputs) = (x.bits(), y.bits());
        let one = Blocks::from_values(1, std::iter::repeat_n(1, x.rows()));
        let mut examples = x.beside(&one).beside(y);
        let mut free: Vec<usize> = (0..examples.rows()).collect();
        let mut pivots: Vec<Option<usize>> = vec![None; inputs + 1];
        for (column, pivot) in pivots.iter_mut().enumerate() {
            let Some(position) = free.iter().position(|&row| examples.get(row, column)) else {
                continue;
            };
            let chosen = free.swap_remove(position);
            let words = examples.row(chosen).to_vec();
            for row in 0..examples.rows() {
                if row != chosen && examples.get(row, column) {
                    examples.row_mut(row).iter_mut().zip(&words).for_each(|(word, pivot)| *word ^= pivot);
                }
            }
            *pivot = Some(chosen);
        }
        let outputs_of = |row: usize| -> Vec<u64> {
            let mut words = vec![0; outputs.div_ceil(64)];
            for bit in (0..outputs).filter(|bit| examples.get(row, inputs + 1 + bit)) {
                words[bit / 64] |= 1 << (63 - bit % 64);
            }
            words
        };
        let mut wrong = vec![0; outputs.div_ceil(64)];
        for &row in &free {
            wrong.iter_mut().zip(outputs_of(row)).for_each(|(wrong, word)| *wrong |= word);
        }
        let rows = pivots.iter().map(|pivot| pivot.map_or(Vec::new(), outputs_of)).collect();
        Self { inputs, outputs, rows, wrong }
    }

    /// Whether an affine map explains output bit `bit`.
    pub(crate) fn explains(&self, bit: usize) -> bool {
        self.wrong[bit / 64] >> (63 - bit % 64) & 1 == 0
    }

    /// The inputs that flip output bit `bit`. Index `inputs` is the constant 1.
    pub(crate) fn terms(&self, bit: usize) -> Vec<usize> {
        let flips = |row: &&Vec<u64>| row.get(bit / 64).is_some_and(|word| word >> (63 - bit % 64) & 1 == 1);
        self.rows.iter().enumerate().filter(|(_, row)| flips(row)).map(|(index, _)| index).collect()
    }

    /// Whether output bit `bit` depends on any input, and is not constant.
    pub(crate) fn varies(&self, bit: usize) -> bool {
        self.terms(bit).iter().any(|&term| term < self.inputs)
    }

    /// The outputs for each input row. Bits that are not explained are meaningless.
    pub(crate) fn apply(&self, x: &Blocks) -> Blocks {
        let mut out = Blocks::new(self.outputs, x.rows());
        for row in 0..x.rows() {
            let mut flip = |index: usize| {
                out.row_mut(row).iter_mut().zip(&self.rows[index]).for_each(|(word, flip)| *word ^= flip)
            };
            (0..self.inputs).filter(|&bit| x.get(row, bit)).for_each(&mut flip);
            flip(self.inputs);
        }
        out
    }

    /// The explained bits that are right in every row of fresh examples.
    pub(crate) fn confirmed(&self, x: &Blocks, y: &Blocks) -> Vec<usize> {
        let differences = self.apply(x).xor(y);
        let right = |bit: &usize| (0..x.rows()).all(|row| !differences.get(row, *bit));
        (0..self.outputs).filter(|&bit| self.explains(bit)).filter(right).collect()
    }
}

/// The rank over GF(2) of rows of bits.
pub(crate) fn rank(rows: &Blocks) -> usize {
    reduced(rows).len()
}

/// Independent sums of the rows, in the words of [`Blocks::row`], each with the place of its first one. No two places are the same.
pub(crate) fn reduced(rows: &Blocks) -> Vec<(usize, Vec<u64>)> {
    let mut pivots: Vec<(usize, Vec<u64>)> = Vec::new();
    for row in 0..rows.rows() {
        let mut rest = rows.row(row).to_vec();
        for (bit, pivot) in &pivots {
            if rest[bit / 64] >> (63 - bit % 64) & 1 == 1 {
                rest.iter_mut().zip(pivot).for_each(|(word, pivot)| *word ^= pivot);
            }
        }
        if let Some(word) = rest.iter().position(|word| *word != 0) {
            pivots.push((64 * word + rest[word].leading_zeros() as usize, rest));
        }
    }
    pivots
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Stream;

    #[test]
    fn finds_an_affine_map_and_names_the_bits_that_are_not() {
        let mut stream = Stream::new(1, "gf2");
        let x = stream.blocks(70, 150);
        let mut y = Blocks::new(3, 150);
        for row in 0..150 {
            y.set(row, 0, x.get(row, 3) ^ x.get(row, 69) ^ true);
            y.set(row, 1, x.get(row, 5) & x.get(row, 6));
            y.set(row, 2, x.get(row, 64));
        }
        let map = AffineMap::fit(&x.slice(0..140), &y.slice(0..140));
        assert!(map.explains(0) && map.explains(2));
        assert!(!map.explains(1));
        assert_eq!((map.terms(0), map.terms(2)), (vec![3, 69, 70], vec![64]));
        assert_eq!(map.confirmed(&x.slice(140..150), &y.slice(140..150)), [0, 2]);
    }

    #[test]
    fn ranks() {
        assert_eq!(rank(&Blocks::from_values(4, [0b1000, 0b0110, 0b1110, 0, 0b0001])), 3);
        assert_eq!(rank(&Stream::new(1, "rank").blocks(100, 170)), 100);
        assert_eq!(rank(&Blocks::new(9, 3)), 0);
    }

    #[test]
    fn few_examples_still_predict_what_they_span() {
        let x = Blocks::from_values(4, [0b1000, 0b0100]);
        let map = AffineMap::fit(&x, &x);
        assert_eq!(map.apply(&Blocks::from_values(4, [0b1000])).value(0), 0b1000);
    }
}
