//! Arrays of NumPy as rows of bits and of real numbers, and back.

use evesdrop::ciphers::{Blocks, Ciphertexts, Floats};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::errors::value;

/// The rows of an array of 0 and 1, which is read where it lies.
///
/// # Errors
/// `ValueError` for other values, and for an array without columns or not in C order. `name` is what the error calls the array.
pub(crate) fn blocks(py: Python<'_>, name: &str, array: &PyReadonlyArray2<'_, u8>) -> PyResult<Blocks> {
    let (rows, bits) = (array.shape()[0], array.shape()[1]);
    let values = array.as_slice().map_err(|_| value(format!("{name}: not in C order")))?;
    if bits == 0 {
        return Err(value(format!("{name}: rows of no bits")));
    }
    py.detach(|| packed(values, bits, rows)).ok_or_else(|| value(format!("{name}: values other than 0 and 1")))
}

fn packed(values: &[u8], bits: usize, rows: usize) -> Option<Blocks> {
    let mut blocks = Blocks::new(bits, rows);
    let mut seen = 0;
    for (row, values) in values.chunks_exact(bits).enumerate() {
        for (word, values) in blocks.row_mut(row).iter_mut().zip(values.chunks(64)) {
            for (place, value) in values.iter().enumerate() {
                *word |= u64::from(value & 1) << (63 - place);
                seen |= value;
            }
        }
    }
    (seen <= 1).then_some(blocks)
}

/// Rows of bits as an array of 0 and 1.
pub(crate) fn bits<'py>(py: Python<'py>, blocks: &Blocks) -> PyResult<Bound<'py, PyArray2<u8>>> {
    let values = py.detach(|| {
        let mut values = Vec::with_capacity(blocks.rows() * blocks.bits());
        for row in 0..blocks.rows() {
            values.extend((0..blocks.bits()).map(|bit| u8::from(blocks.get(row, bit))));
        }
        values
    });
    PyArray1::from_vec(py, values).reshape([blocks.rows(), blocks.bits()])
}

/// Ciphertexts as an array: of `uint8` for bits, of `float32` for real numbers.
pub(crate) fn ciphertexts(py: Python<'_>, ciphertexts: Ciphertexts) -> PyResult<Bound<'_, PyAny>> {
    Ok(match ciphertexts {
        Ciphertexts::Bits(blocks) => bits(py, &blocks)?.into_any(),
        Ciphertexts::Floats(floats) => {
            let shape = [floats.rows(), floats.width()];
            PyArray1::from_vec(py, floats.into_values()).reshape(shape)?.into_any()
        }
    })
}

/// The rows of an array of real numbers.
///
/// # Errors
/// `ValueError` where it is not in C order.
pub(crate) fn floats(name: &str, array: &PyReadonlyArray2<'_, f32>) -> PyResult<Floats> {
    let values = array.as_slice().map_err(|_| value(format!("{name}: not in C order")))?;
    Ok(Floats::new(array.shape()[1], values.to_vec()))
}
