//! Coincidences within columns: whether symbols that share a key symbol are equal more often than others.
use crate::ciphers::Stream;

/// Random orders against which coincidences are compared.
const SHUFFLES: usize = 16;

/// How many standard deviations more often two symbols of one column are equal than in random orders of all symbols. `cells` are
/// columns and symbols.
///
/// W. F. Friedman, "The index of coincidence and its applications in cryptography", 1922; here against random orders, so that symbols
/// may be as unevenly distributed as they are.
pub(crate) fn excess(cells: &[(usize, u8)], stream: &mut Stream) -> f64 {
    let columns = cells.iter().map(|cell| cell.0 + 1).max().unwrap_or(0);
    let mut counts = vec![[0u32; 256]; columns];
    let mut equal = |symbols: &[u8]| {
        let mut pairs = 0u64;
        for ((column, _), symbol) in cells.iter().zip(symbols) {
            let count = &mut counts[*column][usize::from(*symbol)];
            pairs += u64::from(*count);
            *count += 1;
        }
        cells.iter().zip(symbols).for_each(|((column, _), symbol)| counts[*column][usize::from(*symbol)] = 0);
        pairs as f64
    };
    let mut symbols: Vec<u8> = cells.iter().map(|cell| cell.1).collect();
    let real = equal(&symbols);
    let random: Vec<f64> = (0..SHUFFLES)
        .map(|_| {
            (1..symbols.len()).for_each(|at| symbols.swap(at, stream.below(at as u64 + 1) as usize));
            equal(&symbols)
        })
        .collect();
    let mean = random.iter().sum::<f64>() / SHUFFLES as f64;
    let variance = random.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (SHUFFLES - 1) as f64;
    // A standard deviation from few orders is uncertain, and counts vary at least as those of rare events do.
    (real - mean) / variance.max(mean).max(1.0).sqrt()
}
