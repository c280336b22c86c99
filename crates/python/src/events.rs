//! Event files of TensorBoard.

use std::path::Path;

use evesdrop::formats;
use pyo3::prelude::*;

use crate::errors;

/// An event file that grows by a record for each test.
#[pyclass(module = "evesdrop._evesdrop")]
pub(crate) struct EventFile(formats::EventFile);

#[pymethods]
impl EventFile {
    #[new]
    fn new(folder: &str) -> PyResult<Self> {
        Ok(Self(formats::EventFile::create(Path::new(folder))?))
    }

    /// Adds the metrics of a test, as JSON.
    fn add(&mut self, metrics: &str) -> PyResult<()> {
        Ok(self.0.add(&serde_json::from_str(metrics).map_err(errors::value)?)?)
    }
}
