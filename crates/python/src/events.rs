//! Event files of TensorBoard.

use std::io;
use std::path::Path;

use evesdrop::formats;
use pyo3::prelude::*;

use crate::errors;

/// An event file that grows by a record for each test.
#[pyclass(module = "evesdrop._evesdrop")]
pub(crate) struct EventFile(formats::EventFile);

#[pymethods]
impl EventFile {
    /// Makes a file in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// `OSError` when the file system refuses.
    #[new]
    fn new(folder: &str) -> PyResult<Self> {
        let file = formats::EventFile::create(Path::new(folder));
        // The error of the system does not name the folder.
        Ok(Self(file.map_err(|error| io::Error::new(error.kind(), format!("{folder}: {error}")))?))
    }

    /// Adds the metrics of a test, a JSON object as `Training.look` gives it.
    ///
    /// # Errors
    /// `ValueError` for anything else, `OSError` when the file system refuses.
    fn add(&mut self, metrics: &str) -> PyResult<()> {
        Ok(self.0.add(&serde_json::from_str(metrics).map_err(errors::value)?)?)
    }
}
