//! `evesdrop demo`.

use std::process::ExitCode;

use anyhow::Result;
use evesdrop::demo::{LETTER, demo};
use evesdrop::train::Settings;

use super::progress::Progress;
use super::{engine, stop_flag};
use crate::args::{Demo, WARNING};

pub(crate) fn run(arguments: &Demo) -> Result<ExitCode> {
    println!("Alice and Bob learn a cipher of their own while Eve learns to read it.");
    println!("Warning: {WARNING}.\n");
    let stop = stop_flag()?;
    let mut progress = Progress::new(0, Settings::default().check()?.max_rounds);
    let story = demo(&arguments.out, &engine(None)?, &stop, &mut progress);
    progress.finish();
    let story = story?;

    let training = &story.training;
    let wrong = |value: Option<f64>| value.map_or("?".into(), |x| format!("{x:.2}"));
    let (bob, eve) = (wrong(training.bob_wrong_bits), wrong(training.eve_wrong_bits));
    println!("1. Training. 16-bit messages and keys, {} rounds in {:.1} s.", training.rounds, training.seconds);
    println!("   Bob, who has the key, is wrong on {bob} of 16 bits; Eve on {eve}, where guessing gives 8.");
    println!("   Learning curve: {}/curve.svg\n", training.run);

    let (encryption, bits) = (&story.encryption, story.encryption.precision);
    println!("2. A letter. {} of {} bytes became {},", story.letter.display(), LETTER.len(), story.encrypted.display());
    println!("   {bits} bits for each of Alice's values. Bob misread {} blocks; they went again", encryption.again);
    println!(
        "   under other keys. Decrypted, it is {} the letter that was sent.\n",
        if story.identical { "byte for byte" } else { "NOT" }
    );

    println!("3. What each reads in the same ciphertext");
    println!("   sent  {}", LETTER.replace('\n', " ").chars().take(64).collect::<String>());
    println!("   Bob   {}", story.bob_reads);
    println!("   Eve   {}", story.eve_reads);
    println!("   Eve has {:.0} % of the bits wrong; 50 % is chance.\n", 100.0 * story.eve_wrong);
    let attack = &story.attack;
    println!("4. She looks beaten. Another Eve does not train: she takes the networks, and for each block tries");
    println!("   all 65,536 keys. Bob decrypts, Alice encrypts again; one key gives the same ciphertext.");
    println!("   Eve   {}", attack.reads);
    println!(
        "   {} of {} blocks read without the key, in {:.1} s. This cipher is broken.\n",
        attack.recovered, attack.blocks, attack.seconds
    );
    println!("More: evesdrop inspect {0}, evesdrop attack {0}", training.run);
    Ok(if story.identical { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
