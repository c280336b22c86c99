//! Parameters as named arrays, in the shapes of PyTorch.

use std::io::{Cursor, Write};

use evesdrop_engine::safetensors_file;
use evesdrop_learn::model::Model;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A named array.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// All parameters: dense weights (outputs, inputs), convolutions (output channels, input channels, window). Ours are the other way
/// around.
pub(crate) fn all(model: &Model) -> Vec<Named> {
    let layout = model.note.layout();
    let tensors = layout.tensors().iter();
    tensors.map(|tensor| reversed(&tensor.name, &tensor.shape, &model.parameters[tensor.range()])).collect()
}

/// The array with its axes in reverse.
pub(crate) fn reversed(name: &str, shape: &[usize], values: &[f32]) -> Named {
    let turned: Vec<usize> = shape.iter().rev().copied().collect();
    let value = |mut place: usize| {
        // The last axis of the new array, which changes fastest, is the first of the old one.
        let (mut from, mut stride) = (0, values.len());
        for (old, size) in shape.iter().zip(turned.iter().rev()) {
            stride /= old;
            from += place % size * stride;
            place /= size;
        }
        values[from]
    };
    let values = (0..values.len()).map(value).collect();
    Named { name: name.into(), shape: turned, values }
}

pub(crate) fn safetensors(model: &Model) -> Vec<u8> {
    let arrays = all(model);
    let tensors: Vec<_> =
        arrays.iter().map(|array| (array.name.as_str(), array.shape.clone(), &array.values[..])).collect();
    safetensors_file(&tensors, "exported: shapes are those of PyTorch")
}

pub(crate) fn npz(model: &Model) -> Vec<u8> {
    let memory = "memory takes every byte";
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    // Without the time, so that the same model gives the same bytes.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for array in all(model) {
        zip.start_file(format!("{}.npy", array.name), options).expect(memory);
        zip.write_all(&npy(&array)).expect(memory);
    }
    zip.finish().expect(memory).into_inner()
}

/// One array in NumPy's format, version 1.0 (`numpy/lib/format.py`).
fn npy(array: &Named) -> Vec<u8> {
    let shape: String = array.shape.iter().map(|size| format!("{size}, ")).collect();
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}");
    // The values begin at a multiple of 64 bytes.
    let total = (10 + header.len() + 1).next_multiple_of(64);
    header += &" ".repeat(total - 11 - header.len());
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(array.values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_reversed() {
        let values: Vec<f32> = (0..24).map(|i| i as f32).collect();
        let Named { shape, values, .. } = reversed("x", &[2, 3, 4], &values);
        assert_eq!(shape, [4, 3, 2]);
        // The value at (i, j, k) was at (k, j, i): 12 k + 4 j + i.
        for (place, value) in values.iter().enumerate() {
            let (i, j, k) = (place / 6, place / 2 % 3, place % 2);
            assert_eq!(*value, (12 * k + 4 * j + i) as f32);
        }
    }
}
