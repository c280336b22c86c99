//! `evesdrop demo`.

use std::process::ExitCode;

use anyhow::Result;
use evesdrop::battery::AttackError;
use evesdrop::demo::{DemoError, LETTER, Story, demo};
use evesdrop::train::Settings;
use evesdrop_files::{printable, quoted};

use super::progress::Progress;
use super::{engine, note, program, say, stop_flag};
use crate::args::{Demo, WARNING};

pub(crate) fn run(arguments: &Demo) -> Result<ExitCode> {
    say("Alice and Bob learn a cipher of their own while Eve learns to read it.")?;
    say(&format!("Warning: {WARNING}.\n"))?;
    let stop = stop_flag()?;
    let mut progress = Progress::new(0, Settings::default().check()?.max_rounds);
    let story = demo(&arguments.out, &engine(None)?, &stop, &mut |update| progress.show(update));
    progress.finish();
    let story = match story {
        Err(DemoError::Stopped | DemoError::Attack(AttackError::Cancelled)) => {
            note(&format!("interrupted; {} demo starts again from the beginning", program()));
            return Ok(ExitCode::from(130));
        }
        other => other?,
    };
    say(&tell(&story))?;
    Ok(if story.identical { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The results on one screen.
fn tell(story: &Story) -> String {
    let Story { training, encryption, attack, bob_reads, eve_reads, .. } = story;
    let wrong = |value: Option<f64>| value.map_or("?".into(), |x| format!("{x:.2}"));
    format!(
        "\
1. Training. 16-bit messages and keys, {rounds} rounds in {seconds:.1} s.
   Bob, who has the key, is wrong on {bob} of 16 bits; Eve on {eve}, where guessing gives 8.
   Learning curve: {run}/curve.svg

2. A letter. {letter} of {bytes} bytes became {encrypted},
   {precision} bits per value. Blocks that Bob misread, encrypted again: {again}.
   Decrypted, it is {same} the letter that was sent.

3. What each reads in the same ciphertext
   sent  {sent}
   Bob   {bob_reads}
   Eve   {eve_reads}
   Eve has {percent:.0} % of the bits wrong; 50 % is chance.

4. She looks beaten. Another Eve does not train: she takes the networks, and for each block tries
   all 65,536 keys. Bob decrypts, Alice encrypts again; one key gives the same ciphertext.
   Eve   {attacked}
   {recovered} of {blocks} blocks read without the key, in {attack_seconds:.1} s. This cipher is broken.

More: {program} inspect {word}
      {program} attack {word}",
        program = program(),
        word = quoted(&training.run),
        rounds = training.rounds,
        seconds = training.seconds,
        bob = wrong(training.bob_wrong_bits),
        eve = wrong(training.eve_wrong_bits),
        run = printable(&training.run),
        letter = printable(&story.letter),
        bytes = LETTER.len(),
        encrypted = printable(&story.encrypted),
        precision = encryption.precision,
        again = encryption.again,
        same = if story.identical { "byte for byte" } else { "NOT" },
        sent = LETTER.replace('\n', " ").chars().take(64).collect::<String>(),
        percent = 100.0 * story.eve_wrong,
        attacked = attack.reads,
        recovered = attack.recovered,
        blocks = attack.blocks,
        attack_seconds = attack.seconds,
    )
}
