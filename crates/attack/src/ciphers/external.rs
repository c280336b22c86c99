//! `exec:` targets: a cipher in an external program, in any language.
use super::cipher::{LOOK, batch_rows, expect_bits, printable, row_of, short};
use super::{Blocks, Cipher, CipherError, Ciphertexts, Form, KeyUse};
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A cipher run by a shell command, started once per batch.
///
/// Each line of its standard input is `KEYHEX PLAINTEXTHEX`, in the hex of [`Blocks`]; then standard input is closed. It
/// answers each line with one line of ciphertext hex, in order. It may buffer its output: a separate thread writes the input,
/// so there is no deadlock.
///
/// A second command may decrypt: it gets `KEYHEX CIPHERTEXTHEX` and answers with the plaintext, or with `invalid` if it refuses the
/// ciphertext.
#[derive(Clone, Debug)]
pub struct External {
    /// The command, run with `sh -c`.
    pub command: String,
    /// The command that decrypts, if there is one.
    pub decryption: Option<String>,
    /// Number of bits of a plaintext.
    pub block_bits: usize,
    /// Number of bits of a key.
    pub key_bits: usize,
    /// Number of bits of a ciphertext.
    pub cipher_bits: usize,
    /// How keys are meant to be used.
    pub key_use: KeyUse,
    /// Time limit of one batch. After it, the program and all its child processes are killed.
    pub timeout: Duration,
    /// Set from another thread to kill the running program. It is then not started again.
    pub stop: Arc<AtomicBool>,
}

/// The answer of a decryption that refuses a ciphertext.
const REFUSED: &str = "invalid";

/// The output of a program before it ended or was stopped.
pub(super) struct Answer {
    pub(super) output: Vec<u8>,
    pub(super) errors: Vec<u8>,
    pub(super) status: Option<ExitStatus>,
}

impl External {
    pub(super) fn fail(&self, message: impl std::fmt::Display) -> CipherError {
        CipherError::Program(printable(&format!("`{}` {message}", self.command)))
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The program that decrypts: its messages are ciphertexts.
    pub(super) fn receiver(&self) -> Option<Self> {
        let command = self.decryption.clone()?;
        let (block_bits, cipher_bits) = (self.cipher_bits, self.block_bits);
        Some(Self { command, decryption: None, block_bits, cipher_bits, ..self.clone() })
    }

    /// The plaintexts of ciphertexts, and which were accepted.
    fn received(&self, keys: &Blocks, ciphertexts: &Ciphertexts) -> Result<(Blocks, Vec<bool>), CipherError> {
        let receiver = self.receiver().ok_or_else(|| CipherError::NoDecryption(self.name()))?;
        let (answer, questions) = receiver.ask(keys, &expect_bits(self, ciphertexts)?)?;
        receiver.plaintexts(&answer, &questions)
    }

    /// The questions of a batch and the program's answers.
    fn ask(&self, keys: &Blocks, texts: &Blocks) -> Result<(Answer, Vec<String>), CipherError> {
        let questions = self.questions(keys, texts)?;
        if self.stopped() {
            return Err(CipherError::Stopped);
        }
        let mut input = questions.join("\n").into_bytes();
        input.push(b'\n');
        let answer = self.run(input, self.limit(questions.len()))?;
        // If the program was stopped, its output is incomplete.
        if self.stopped() { Err(CipherError::Stopped) } else { Ok((answer, questions)) }
    }

    /// One line for each message of a batch.
    pub(super) fn questions(&self, keys: &Blocks, plaintexts: &Blocks) -> Result<Vec<String>, CipherError> {
        let rows = batch_rows(self, keys, plaintexts, self.block_bits)?;
        let question = |row| format!("{} {}", keys.hex(row_of(keys, row)), plaintexts.hex(row_of(plaintexts, row)));
        Ok((0..rows).map(question).collect())
    }

    /// Starts the program with pipes, in a process group of its own.
    pub(super) fn spawn(&self) -> Result<Child, CipherError> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(&self.command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        own_group(&mut command);
        command.spawn().map_err(|error| self.fail(format!("could not be started: {error}")))
    }

    /// Runs the program on its input. `limit` bytes of output are more than any correct answer has.
    fn run(&self, input: Vec<u8>, limit: u64) -> Result<Answer, CipherError> {
        let mut child = self.spawn()?;
        let deadline = Instant::now() + self.timeout;
        if let Some(mut stdin) = child.stdin.take() {
            // A program may stop reading early. Its answer shows that, so a failed write is not an error here.
            std::thread::spawn(move || stdin.write_all(&input));
        }
        let output = child.stdout.take().map(|pipe| collect(pipe, limit));
        let errors = child.stderr.take().map(|pipe| collect(pipe, 4096));
        let mut answer = Answer { output: Vec::new(), errors: Vec::new(), status: None };
        let ended = output.is_none_or(|pipe| self.drain(&pipe, deadline, &mut answer.output));
        if answer.output.len() as u64 >= limit {
            kill(&mut child);
            return Ok(answer);
        }
        let mut over = false;
        while ended && !over && Instant::now() < deadline && !self.stopped() {
            over = has_ended(&mut child).map_err(|error| self.fail(error))?;
            if !over {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        // Background processes of the program are killed even after a normal end.
        let status = kill(&mut child);
        answer.status = if over { status } else { None };
        if let Some(pipe) = errors {
            self.drain(&pipe, Instant::now() + Duration::from_millis(100), &mut answer.errors);
        }
        Ok(answer)
    }

    /// Collects output until the pipe ends. False if the deadline passed or `stop` was set first.
    fn drain(&self, pipe: &mpsc::Receiver<Vec<u8>>, deadline: Instant, into: &mut Vec<u8>) -> bool {
        while !self.stopped() {
            let left = deadline.saturating_duration_since(Instant::now());
            match pipe.recv_timeout(left.min(LOOK)) {
                Ok(piece) => into.extend(piece),
                Err(mpsc::RecvTimeoutError::Disconnected) => return true,
                Err(mpsc::RecvTimeoutError::Timeout) if left.is_zero() => return false,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
        false
    }

    pub(super) fn parse(&self, answer: &Answer, questions: &[String]) -> Result<Blocks, CipherError> {
        let text = String::from_utf8_lossy(&answer.output);
        let lines: Vec<&str> = text.lines().collect();
        let said = String::from_utf8_lossy(&answer.errors);
        let said =
            said.lines().rfind(|line| !line.trim().is_empty()).map(|line| format!("; it said `{}`", short(line)));
        let said = said.unwrap_or_default();
        let rows = questions.len();
        let unanswered = || {
            questions.get(lines.len()).map(|line| format!("; the first line without an answer is `{}`", short(line)))
        };
        match answer.status {
            None if (answer.output.len() as u64) < self.limit(rows) => {
                let message = format!(
                    "did not end within {} s: {} of {rows} lines answered{}{said}",
                    self.timeout.as_secs_f64(),
                    lines.len().min(rows),
                    unanswered().unwrap_or_default()
                );
                return Err(self.fail(message));
            }
            Some(status) if !status.success() => {
                return Err(
                    self.fail(format!("failed ({status}) after answering {} of {rows} lines{said}", lines.len()))
                );
            }
            _ => {}
        }
        let mut out = Blocks::new(self.cipher_bits, 0);
        for (number, line) in lines.iter().take(rows).enumerate() {
            let row = Blocks::from_hex(self.cipher_bits, line.trim()).map_err(|error| {
                self.fail(format!("answered line {} with `{}`: {}", number + 1, short(line), short(&error.to_string())))
            })?;
            out.extend(&row);
        }
        if lines.len() < rows {
            let message = format!("answered {} of {rows} lines{}{said}", lines.len(), unanswered().unwrap_or_default());
            return Err(self.fail(message));
        }
        if let Some(extra) = lines.get(rows) {
            let message = format!(
                "answered more than the {rows} lines it was given; the first line too many is `{}`",
                short(extra)
            );
            return Err(self.fail(message));
        }
        Ok(out)
    }

    /// The plaintexts in the answers of a program that decrypts, and which ciphertexts it accepted. The plaintext of another one is 0.
    pub(super) fn plaintexts(&self, answer: &Answer, questions: &[String]) -> Result<(Blocks, Vec<bool>), CipherError> {
        let text = String::from_utf8_lossy(&answer.output);
        let refused = |line: &str| line.trim().eq_ignore_ascii_case(REFUSED);
        let accepted = text.lines().map(|line| !refused(line)).collect();
        let zeros = Blocks::new(self.cipher_bits, 1).hex(0);
        let lines: Vec<&str> = text.lines().map(|line| if refused(line) { &zeros } else { line }).collect();
        let output = lines.join("\n").into_bytes();
        let answer = Answer { output, errors: answer.errors.clone(), status: answer.status };
        Ok((self.parse(&answer, questions)?, accepted))
    }

    fn limit(&self, rows: usize) -> u64 {
        (rows * (2 * self.cipher_bits.div_ceil(8) + 64) + 65536) as u64
    }
}

impl Cipher for External {
    fn name(&self) -> String {
        format!("exec:{}", self.command)
    }
    fn block_bits(&self) -> usize {
        self.block_bits
    }
    fn key_bits(&self) -> usize {
        self.key_bits
    }
    fn form(&self) -> Form {
        Form::Bits(self.cipher_bits)
    }
    fn key_use(&self) -> KeyUse {
        self.key_use
    }
    fn is_external(&self) -> bool {
        true
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        if keys.rows().min(plaintexts.rows()) == 0 {
            return Ok(Ciphertexts::Bits(Blocks::new(self.cipher_bits, 0)));
        }
        let (answer, questions) = self.ask(keys, plaintexts)?;
        self.parse(&answer, &questions).map(Ciphertexts::Bits)
    }
    fn decrypts(&self) -> bool {
        self.decryption.is_some()
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        Ok(self.received(keys, ciphertexts)?.0)
    }
    fn accepts(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Vec<bool>, CipherError> {
        Ok(self.received(keys, ciphertexts)?.1)
    }
}

/// Reads a pipe in a thread, up to `limit` bytes, and passes the chunks on.
pub(super) fn collect(pipe: impl Read + Send + 'static, limit: u64) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut pipe = pipe.take(limit);
        let mut piece = vec![0; 1 << 16];
        while let Ok(count @ 1..) = pipe.read(&mut piece) {
            if sender.send(piece[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Puts the program into its own process group, so that it can be killed with all its child processes.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_command: &mut Command) {}

/// The program's process group id, which stays reserved until [`kill`] has waited for it.
#[cfg(unix)]
fn group(child: &Child) -> Option<rustix::process::Pid> {
    i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw)
}

/// Whether the program has ended. It is not waited for yet, so its process group can still be signalled.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> std::io::Result<bool> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(group) = group(child) else { return Ok(true) };
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(group), look)?.is_some())
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> std::io::Result<bool> {
    child.try_wait().map(|status| status.is_some())
}

/// Kills the program, unless it has ended, and all its child processes. Returns its exit status.
pub(super) fn kill(child: &mut Child) -> Option<ExitStatus> {
    #[cfg(unix)]
    if let Some(group) = group(child) {
        // The group may no longer exist, which is fine.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    // Fails only if the program has ended by itself.
    let _ = child.kill();
    child.wait().ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn program(command: &str) -> External {
        let timeout = Duration::from_secs(20);
        External {
            command: command.into(),
            decryption: None,
            block_bits: 16,
            key_bits: 16,
            cipher_bits: 16,
            key_use: KeyUse::Reusable,
            timeout,
            stop: Arc::default(),
        }
    }

    fn ask(program: &External, rows: usize) -> Result<Blocks, CipherError> {
        let plaintexts = Blocks::from_values(16, (0..rows as u64).map(|row| row & 0xffff));
        program.encrypt(&Blocks::from_values(16, [0xabcd]), &plaintexts, 0).map(|c| c.bits(1))
    }

    #[test]
    fn answers_come_back_in_order_however_they_are_buffered() {
        let echo = program("while read key text; do echo $text; done");
        assert_eq!(ask(&echo, 300).unwrap(), Blocks::from_values(16, 0..300));
        // Far more than a pipe's buffer, answered line by line, and answered only at the end of the input.
        let many = 60_000;
        for command in ["sed -u 's/.* //'", "sort -s -k1,1 | cut -d' ' -f2"] {
            assert_eq!(ask(&program(command), many).unwrap().rows(), many, "{command}");
        }
    }

    #[test]
    fn errors_quote_the_line() {
        let message = |command: &str| ask(&program(command), 3).unwrap_err().to_string();
        let few = message("head -n 1 | cut -d' ' -f2");
        assert!(few.contains("answered 1 of 3 lines") && few.contains("`abcd 0001`"), "{few}");
        let many = message("cut -d' ' -f2; echo 1234");
        assert!(many.contains("more than the 3 lines") && many.contains("`1234`"), "{many}");
        let bad = message("cut -d' ' -f2 | sed 's/0001/what?/'");
        assert!(bad.contains("answered line 2 with `what?`"), "{bad}");
        let long = message("cut -d' ' -f2 | sed 's/0002/000200/'");
        assert!(long.contains("line 3") && long.contains("16 bits take 4"), "{long}");
        let failed = message("echo no such luck >&2; exit 7");
        assert!(failed.contains("7") && failed.contains("no such luck"), "{failed}");
        assert!(message("exec yes").contains("answered"), "endless output is stopped");
    }

    #[test]
    fn a_second_program_decrypts_or_refuses() {
        let encrypts = program("cut -d' ' -f2");
        assert!(!encrypts.decrypts());
        let refuses = "while read key text; do case $text in 00*) echo invalid;; *) echo $text;; esac; done";
        let both = External { decryption: Some(refuses.into()), cipher_bits: 24, ..encrypts };
        let (key, sent) = (Blocks::from_values(16, [7]), Blocks::from_values(24, [0x00_1234, 0xab_cdef]));
        let sent = Ciphertexts::Bits(sent);
        // The program that decrypts answers with messages of 16 bits.
        let error = both.decrypt(&key, &sent, 0).unwrap_err().to_string();
        assert!(error.contains("`while read") && error.contains("line 2") && error.contains("16 bits"), "{error}");
        let both = External { decryption: Some(refuses.replace("$text;; esac", "${text#??};; esac")), ..both };
        assert_eq!(both.decrypt(&key, &sent, 0).unwrap(), Blocks::from_values(16, [0, 0xcdef]));
        assert_eq!(both.accepts(&key, &sent, 0).unwrap(), [false, true]);
        let running = crate::ciphers::Persistent::new(both);
        assert_eq!(running.decrypt(&key, &sent, 0).unwrap(), Blocks::from_values(16, [0, 0xcdef]));
        assert_eq!(running.accepts(&key, &sent, 0).unwrap(), [false, true]);
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_its_children() {
        let mut hangs = program("cut -d' ' -f2 | head -n 2; sleep 600 & sleep 600");
        hangs.timeout = Duration::from_millis(300);
        let start = Instant::now();
        let message = ask(&hangs, 3).unwrap_err().to_string();
        assert!(message.contains("did not end within 0.3 s: 2 of 3 lines answered"), "{message}");
        assert!(message.contains("`abcd 0002`"), "{message}");
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    /// Whether a process is running. A zombie does not count.
    fn runs(process: &str) -> bool {
        let state = Command::new("ps").args(["-o", "stat=", "-p", process]).output().unwrap().stdout;
        !matches!(state.first(), None | Some(b'Z'))
    }

    #[test]
    fn nothing_stays_behind_however_the_program_ends() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("process");
        let leave = format!("sleep 600 > /dev/null 2>&1 & echo $! > '{}'", place.display());
        for (command, right) in [("cut -d' ' -f2", true), ("cut -d' ' -f2; exit 3", false), ("head -n 1", false)] {
            let asked = ask(&program(&format!("{leave}\n{command}")), 3);
            assert_eq!(asked.is_ok(), right, "{command}: {asked:?}");
            let process = std::fs::read_to_string(&place).unwrap();
            // The kernel may need a moment to end a killed process.
            let deadline = Instant::now() + Duration::from_secs(10);
            while runs(process.trim()) {
                assert!(Instant::now() < deadline, "{command} left {process}");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn a_program_at_work_is_stopped_and_not_started_again() {
        let folder = tempfile::tempdir().unwrap();
        let started = folder.path().join("started");
        let hangs = program(&format!("echo >> '{}'; sleep 600 & sleep 600", started.display()));
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| ask(&hangs, 3));
            while std::fs::read_to_string(&started).unwrap_or_default() != "\n" {
                std::thread::sleep(Duration::from_millis(1));
            }
            hangs.stop.store(true, Ordering::Relaxed);
            assert_eq!(asked.join().unwrap(), Err(CipherError::Stopped));
        });
        assert_eq!(ask(&hangs, 3), Err(CipherError::Stopped));
        assert_eq!(std::fs::read_to_string(started).unwrap(), "\n");
    }
}
