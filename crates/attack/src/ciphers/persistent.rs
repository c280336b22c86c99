//! `exec:` targets that stay running: a program that answers line by line is started once, not once per batch.
use super::cipher::{LOOK, expect_bits};
use super::external::{Answer, External, collect, kill};
use super::{Blocks, Cipher, CipherError, Ciphertexts, Form, KeyUse};
use std::io::Write;
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A cipher in a program that reads lines as [`External`] gives them, and answers each at once.
///
/// Calls at the same time get processes of their own. All processes end with this value.
pub struct Persistent {
    program: External,
    /// The program that decrypts, if there is one.
    receiver: Option<Box<Self>>,
    idle: Mutex<Vec<Running>>,
}

/// A process that waits for lines.
struct Running {
    child: Child,
    /// Absent while a thread writes to it.
    input: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
    errors: Receiver<Vec<u8>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        kill(&mut self.child);
    }
}

impl Persistent {
    /// A program that is started when it is first needed.
    pub fn new(program: External) -> Self {
        let receiver = program.receiver().map(|receiver| Box::new(Self::new(receiver)));
        Self { program, receiver, idle: Mutex::default() }
    }

    /// The plaintexts of ciphertexts, and which were accepted.
    fn received(&self, keys: &Blocks, ciphertexts: &Ciphertexts) -> Result<(Blocks, Vec<bool>), CipherError> {
        let receiver = self.receiver.as_deref().ok_or_else(|| CipherError::NoDecryption(self.name()))?;
        receiver.ask(keys, &expect_bits(self, ciphertexts)?, External::plaintexts)
    }

    /// What `read` makes of the answers of a process to the questions of a batch.
    fn ask<T>(
        &self,
        keys: &Blocks,
        texts: &Blocks,
        read: impl FnOnce(&External, &Answer, &[String]) -> Result<T, CipherError>,
    ) -> Result<T, CipherError> {
        let questions = self.program.questions(keys, texts)?;
        if self.program.stopped() {
            return Err(CipherError::Stopped);
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut running = idle.map_or_else(|| self.start(), Ok)?;
        let answer = self.answers(&mut running, &questions)?;
        if self.program.stopped() {
            return Err(CipherError::Stopped);
        }
        // A process whose answers cannot be read is not asked again.
        let answers = read(&self.program, &answer, &questions)?;
        if running.input.is_some() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(running);
        }
        Ok(answers)
    }

    fn start(&self) -> Result<Running, CipherError> {
        let mut child = self.program.spawn()?;
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(output), Some(errors)) = (output, errors) else {
            return Err(self.program.fail("has no pipes"));
        };
        Ok(Running { child, input, output: collect(output, u64::MAX), errors: collect(errors, 4096) })
    }

    /// The answers to `questions`, and whether the process can answer more.
    fn answers(&self, running: &mut Running, questions: &[String]) -> Result<Answer, CipherError> {
        let deadline = Instant::now() + self.program.timeout;
        // Lines that nobody asked for would be taken for the next answers. This comes before anything is written.
        if running.output.try_iter().flatten().any(|byte| byte == b'\n') {
            return Err(self.program.fail("answered more lines than it was given"));
        }
        let mut lines = questions.join("\n").into_bytes();
        lines.push(b'\n');
        let Some(mut input) = running.input.take() else { return Err(self.program.fail("has no input")) };
        // In a thread of its own, because a program that does not read blocks it.
        let writer = std::thread::spawn(move || input.write_all(&lines).and_then(|()| input.flush()).map(|()| input));
        let mut answer = Answer { output: Vec::new(), errors: Vec::new(), status: Some(ExitStatus::default()) };
        let mut answered = 0;
        while answered < questions.len() && !self.program.stopped() {
            match running.output.recv_timeout(LOOK.min(deadline.saturating_duration_since(Instant::now()))) {
                Ok(piece) => {
                    answered += piece.iter().filter(|byte| **byte == b'\n').count();
                    answer.output.extend(piece);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    answer.status = kill(&mut running.child);
                    break;
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(RecvTimeoutError::Timeout) => {
                    kill(&mut running.child);
                    return Err(self.program.fail(format!(
                        "answered {answered} of {} lines within {} s; a program for --persistent answers each line at once, without \
                         waiting for the end of its input, and does not buffer its output",
                        questions.len(),
                        self.program.timeout.as_secs_f64()
                    )));
                }
            }
        }
        if answered >= questions.len() {
            running.input = writer.join().ok().and_then(Result::ok);
        }
        answer.errors.extend(running.errors.try_iter().flatten());
        Ok(answer)
    }
}

impl Cipher for Persistent {
    fn name(&self) -> String {
        self.program.name()
    }
    fn block_bits(&self) -> usize {
        self.program.block_bits
    }
    fn key_bits(&self) -> usize {
        self.program.key_bits
    }
    fn form(&self) -> Form {
        self.program.form()
    }
    fn key_use(&self) -> KeyUse {
        self.program.key_use
    }
    fn is_external(&self) -> bool {
        true
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        if keys.rows().min(plaintexts.rows()) == 0 {
            return Ok(Ciphertexts::Bits(Blocks::new(self.program.cipher_bits, 0)));
        }
        self.ask(keys, plaintexts, External::parse).map(Ciphertexts::Bits)
    }
    fn decrypts(&self) -> bool {
        self.receiver.is_some()
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        Ok(self.received(keys, ciphertexts)?.0)
    }
    fn accepts(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Vec<bool>, CipherError> {
        Ok(self.received(keys, ciphertexts)?.1)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::ciphers::{Target, TargetOptions};
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    fn target(command: &str, timeout: Duration) -> (Target, std::sync::Arc<std::sync::atomic::AtomicBool>) {
        let options = TargetOptions {
            block_bits: Some(16),
            key_bits: Some(16),
            persistent: true,
            timeout: Some(timeout),
            ..Default::default()
        };
        (Target::parse(&format!("exec:{command}"), &options).unwrap(), options.stop)
    }

    fn ask(target: &Target, rows: u64) -> Result<Blocks, CipherError> {
        let cipher = target.cipher().unwrap();
        cipher.encrypt(&Blocks::from_values(16, [7]), &Blocks::from_values(16, 0..rows), 0).map(|sent| sent.bits(1))
    }

    #[test]
    fn one_process_answers_many_batches() {
        let folder = tempfile::tempdir().unwrap();
        let starts = folder.path().join("starts");
        let command = format!("echo start >> '{}'; while read key text; do echo $text; done", starts.display());
        let (target, _) = target(&command, Duration::from_secs(20));
        for rows in [1, 700, 3] {
            assert_eq!(ask(&target, rows).unwrap(), Blocks::from_values(16, 0..rows));
        }
        assert_eq!(std::fs::read_to_string(&starts).unwrap(), "start\n");
        // Two calls at the same time get two processes.
        std::thread::scope(|scope| {
            let other = scope.spawn(|| ask(&target, 2000).unwrap());
            assert_eq!(ask(&target, 2000).unwrap(), other.join().unwrap());
        });
        assert!(std::fs::read_to_string(&starts).unwrap().lines().count() <= 2);
    }

    #[test]
    fn a_program_that_ends_or_waits_is_an_error() {
        let message = |command: &str| ask(&target(command, Duration::from_millis(400)).0, 3).unwrap_err().to_string();
        let waits = message("sort");
        assert!(waits.contains("0 of 3 lines within 0.4 s") && waits.contains("does not buffer"), "{waits}");
        let ends = message("read key text; echo $text; echo oh dear >&2; exit 4");
        assert!(ends.contains('4') && ends.contains("1 of 3"), "{ends}");
        let (twice, _) = target("while read key text; do echo $text; echo $text; done", Duration::from_secs(5));
        let one = ask(&twice, 1);
        std::thread::sleep(Duration::from_millis(100));
        let error = one.and_then(|_| ask(&twice, 1)).unwrap_err().to_string();
        assert!(error.contains("answered more"), "{error}");
        let wrong = message("while read key text; do echo what?; done");
        assert!(wrong.contains("answered line 1 with `what?`"), "{wrong}");
    }

    #[test]
    fn a_wish_to_stop_is_heard() {
        let (target, stop) = target("sleep 600", Duration::from_secs(60));
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| ask(&target, 3));
            std::thread::sleep(2 * LOOK);
            stop.store(true, Ordering::Relaxed);
            assert_eq!(asked.join().unwrap(), Err(CipherError::Stopped));
        });
    }
}
