//! Errors of the library as exceptions of Python.

use evesdrop::ciphers::CipherError;
use evesdrop::model::ModelError;
use evesdrop::run::{FolderError, RunError};
use pyo3::PyErr;
use pyo3::exceptions::{
    PyFileExistsError, PyFileNotFoundError, PyKeyboardInterrupt, PyNotADirectoryError, PyOSError, PyRuntimeError,
    PyValueError,
};

/// A value that cannot be used.
pub(crate) fn value(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What has nothing to do with the arguments.
pub(crate) fn runtime(error: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

pub(crate) fn cipher(error: CipherError) -> PyErr {
    let text = error.to_string();
    match error {
        CipherError::Shape(_) | CipherError::Hex(_) | CipherError::Target(_) | CipherError::NoDecryption(_) => {
            PyValueError::new_err(text)
        }
        CipherError::File(_) => PyOSError::new_err(text),
        CipherError::Program(_) => PyRuntimeError::new_err(text),
        CipherError::Stopped => PyKeyboardInterrupt::new_err(()),
    }
}

pub(crate) fn model(error: ModelError) -> PyErr {
    match error {
        ModelError::Io(error) => error.into(),
        ModelError::NoModel => PyFileNotFoundError::new_err(ModelError::NoModel.to_string()),
        other => value(other),
    }
}

pub(crate) fn folder(error: FolderError) -> PyErr {
    let text = error.to_string();
    match error {
        FolderError::NotEmpty(_) => PyFileExistsError::new_err(text),
        FolderError::NotARun(_) | FolderError::NoCheckpoint(_) => PyFileNotFoundError::new_err(text),
        FolderError::NotAFolder(_) => PyNotADirectoryError::new_err(text),
        FolderError::Busy(_) => PyOSError::new_err(text),
        // With its number, the system's error has a fitting type.
        FolderError::Io { error, .. } => PyErr::from(std::io::Error::new(error.kind(), text)),
        FolderError::Config { .. } => PyValueError::new_err(text),
    }
}

pub(crate) fn run(error: RunError) -> PyErr {
    match error {
        RunError::Folder(error) => folder(error),
        RunError::Engine(text) => PyRuntimeError::new_err(text),
        other => value(other),
    }
}

pub(crate) fn report(error: evesdrop::report::FolderError) -> PyErr {
    PyOSError::new_err(error.to_string())
}
