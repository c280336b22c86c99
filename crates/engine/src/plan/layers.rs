//! Dense layers and convolutions as tables of rows and weights.

use super::lowering::Lowering;
use super::step::Step;
use crate::kernels::linear::{Finish, Linear, Packing, Start, Tap};
use crate::kernels::lookup::{self, Lookup};
use crate::program::Conv;

impl Lowering<'_> {
    fn offset(&self, tensor: usize) -> u32 {
        self.program.layout().tensors()[tensor].offset as u32
    }

    pub(super) fn dense(&mut self, node: usize, input: usize, weight: usize, bias: usize) -> (Linear, Vec<u32>) {
        let outputs = self.program.nodes[node].features as u32;
        let base = self.offset(weight);
        let packing = |inputs: &[u32], level| {
            Packing::new(base, inputs.iter().map(|i| i * outputs).collect(), (0..outputs).collect(), level)
        };
        let inputs = self.values[input].clone();
        let (mut bits, mut others): (Vec<u32>, Vec<u32>) =
            (0..inputs.len() as u32).partition(|i| self.bits.contains(&inputs[*i as usize]));
        others.extend(bits.split_off(bits.len() / lookup::BITS * lookup::BITS));
        let taps = (0..).zip(&others).map(|(weight, i)| Tap { row: inputs[*i as usize], weight }).collect();
        let rows = self.new_rows(outputs as usize);
        let first = Packing { bias: Some(self.offset(bias)), ..packing(&others, self.level) };
        let mut linear = self.linear(first, taps, vec![others.len() as u32], rows.clone(), Start::Bias);
        if !bits.is_empty() {
            let packing = Packing { tabulated: self.level.is_wide(), ..packing(&bits, self.level) };
            let rows = bits.iter().map(|i| inputs[*i as usize]).collect();
            linear.lookup = Some(self.lookup(packing, rows));
        }
        (linear, rows)
    }

    fn lookup(&mut self, packing: Packing, mut rows: Vec<u32>) -> Lookup {
        let inputs = rows.len();
        if packing.tabulated {
            let places = self.new_rows(inputs / lookup::BITS);
            self.steps.push(Step::Places { inputs: rows, outputs: places.clone() });
            rows = places;
        }
        Lookup { weights: self.push_packing(packing), inputs, rows }
    }

    pub(super) fn conv(
        &mut self,
        node: usize,
        input: usize,
        weight: usize,
        bias: usize,
        c: Conv,
    ) -> (Linear, Vec<u32>) {
        let length = self.values[input].len() / c.in_channels;
        let outputs = c.out_channels as u32;
        let packing = Packing::new(
            self.offset(weight),
            (0..(c.window * c.in_channels) as u32).map(|i| i * outputs).collect(),
            (0..outputs).collect(),
            self.level,
        );
        let packing = Packing { bias: Some(self.offset(bias)), ..packing };
        let (mut taps, mut ends) = (vec![], vec![]);
        for p in 0..c.out_length(length) {
            for k in 0..c.window {
                let Some(q) = c.input_position(length, p, k) else { continue };
                taps.extend((0..c.in_channels).map(|i| Tap {
                    row: self.values[input][q * c.in_channels + i],
                    weight: (k * c.in_channels + i) as u32,
                }));
            }
            ends.push(taps.len() as u32);
        }
        let rows = self.new_rows(self.program.nodes[node].features);
        (self.linear(packing, taps, ends, rows.clone(), Start::Bias), rows)
    }

    pub(crate) fn linear(
        &mut self,
        packing: Packing,
        taps: Vec<Tap>,
        ends: Vec<u32>,
        rows: Vec<u32>,
        start: Start,
    ) -> Linear {
        let (width, outputs) = (packing.width, packing.outputs.len());
        let panel = packing.panel() / width;
        let weights = self.push_packing(packing);
        Linear {
            weights,
            width,
            panel,
            outputs,
            ends,
            taps,
            rows,
            start,
            finish: Finish::Nothing,
            bounded: false,
            lookup: None,
        }
    }
}
