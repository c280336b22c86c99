//! The SIMD instructions that the kernels use.
//!
//! Results do not depend on the level. Every kernel performs the same IEEE operations on the same logical lanes in the same
//! order, and fused multiply-adds are fused (or emulated exactly) at every level. WebAssembly is the exception: see
//! [`Level::fuses`].

use std::fmt;
use std::sync::OnceLock;

use fearless_simd::SimdBase as _;

use crate::kernels::{LANES, load, multiply_add};

/// A SIMD level that this machine supports.
///
/// ```
/// use evesdrop_engine::Level;
/// // Every processor has the scalar level. It is slow and gives the same bits.
/// assert!(Level::available().iter().any(|level| level.to_string() == "scalar"));
/// ```
#[derive(Clone, Copy)]
pub struct Level(pub(crate) fearless_simd::Level);

/// Runs `$op` with `$simd` bound to the instructions of `$level`.
///
/// `fearless_simd::dispatch!` would also compile every kernel for SSE2 and SSE4.2, which no processor of the last ten years
/// needs. Those fall back to scalar code here.
macro_rules! dispatch {
    ($level:expr, $simd:ident => $op:expr) => {{
        #[allow(unused_imports)]
        use fearless_simd::Simd as _;
        let level = $level.0;
        #[cfg(target_arch = "x86_64")]
        if let Some($simd) = level.as_avx512() {
            $simd.vectorize(
                #[inline(always)]
                || $op,
            )
        } else if let Some($simd) = level.as_avx2() {
            $simd.vectorize(
                #[inline(always)]
                || $op,
            )
        } else {
            let $simd = $crate::level::scalar_token();
            $simd.vectorize(
                #[inline(always)]
                || $op,
            )
        }
        #[cfg(target_arch = "aarch64")]
        if let Some($simd) = level.as_neon() {
            $simd.vectorize(
                #[inline(always)]
                || $op,
            )
        } else {
            let $simd = $crate::level::scalar_token();
            $simd.vectorize(
                #[inline(always)]
                || $op,
            )
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        {
            let $simd = level.as_wasm_simd128().expect("a module with simd128 has no other level");
            $simd.vectorize(
                #[inline(always)]
                || $op,
            )
        }
        #[cfg(not(any(
            target_arch = "x86_64",
            target_arch = "aarch64",
            all(target_arch = "wasm32", target_feature = "simd128")
        )))]
        {
            let _ = level;
            let $simd = $crate::level::scalar_token();
            $simd.vectorize(
                #[inline(always)]
                || $op,
            )
        }
    }};
}
pub(crate) use dispatch;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) fn scalar_token() -> fearless_simd::Fallback {
    match fearless_simd::Level::fallback() {
        fearless_simd::Level::Fallback(token) => token,
        _ => unreachable!("Level::fallback() is the fallback"),
    }
}

impl Level {
    /// The levels that this machine supports, slowest first. A WebAssembly module with SIMD has no scalar level, which would make it larger.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut levels = vec![Self(fearless_simd::Level::fallback())];
        let best = fearless_simd::Level::new();
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(best.as_avx2().map(|token| Self(fearless_simd::Level::Avx2(token))));
            levels.extend(best.as_avx512().map(|token| Self(fearless_simd::Level::Avx512(token))));
        }
        #[cfg(target_arch = "aarch64")]
        levels.extend(best.as_neon().map(|token| Self(fearless_simd::Level::Neon(token))));
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        if let Some(token) = best.as_wasm_simd128() {
            levels = vec![Self(fearless_simd::Level::WasmSimd128(token))];
        }
        let _ = best;
        levels
    }

    /// The fastest level, or the level named by the environment variable `EVESDROP_SIMD`.
    ///
    /// # Errors
    /// A message, if the variable names a level that this machine does not support.
    pub fn from_environment() -> Result<Self, String> {
        static LEVEL: OnceLock<Result<Level, String>> = OnceLock::new();
        LEVEL
            .get_or_init(|| match std::env::var("EVESDROP_SIMD") {
                Ok(name) if !name.is_empty() => Self::named(&name),
                _ => Ok(*Self::available().last().expect("scalar is always available")),
            })
            .clone()
    }

    /// The level named `scalar`, `avx2`, `avx512`, `neon` or `simd128`.
    ///
    /// # Errors
    /// A message, if this machine does not support it.
    pub fn named(name: &str) -> Result<Self, String> {
        let levels = Self::available();
        levels.iter().copied().find(|level| level.to_string() == name).ok_or_else(|| {
            let names: Vec<String> = levels.iter().map(Self::to_string).collect();
            format!("EVESDROP_SIMD={name}: this machine has {}", names.join(", "))
        })
    }

    /// Runs `f` compiled for this level's instructions, as far as it is inlined: plain loops over arrays become vector code.
    /// This neither reorders nor fuses operations, so the results are the same at every level.
    #[inline(always)]
    pub fn vectorize<R>(self, f: impl FnOnce() -> R) -> R {
        dispatch!(self, simd => f())
    }

    /// Whether products are added with one rounding, as results that are the same everywhere need. Always true but in WebAssembly:
    /// there the instruction is missing (plain simd128) or leaves it to the machine (relaxed SIMD), so it is tried.
    pub fn fuses(self) -> bool {
        // (1 + 2^-12)^2 - 1 = 2^-11 + 2^-24, whose second term the square loses when it is rounded by itself.
        let factor = std::hint::black_box([1.0 + 1.0 / 4096.0; LANES]);
        let minus_one = std::hint::black_box([-1.0; LANES]);
        let mut sums = [0.0; LANES];
        dispatch!(self, simd => {
            let factor = load(simd, &factor);
            multiply_add(factor, factor, load(simd, &minus_one)).store_array(&mut sums);
        });
        sums.iter().all(|sum| *sum == 1.0 / 2048.0 + 1.0 / 16_777_216.0)
    }

    /// True if 32 vector registers of 16 lanes are available, which hold larger blocks of outputs.
    pub(crate) fn is_wide(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return self.0.as_avx512().is_some();
        #[cfg(not(target_arch = "x86_64"))]
        false
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            #[cfg(target_arch = "x86_64")]
            fearless_simd::Level::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            fearless_simd::Level::Avx2(_) => "avx2",
            #[cfg(target_arch = "aarch64")]
            fearless_simd::Level::Neon(_) => "neon",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            fearless_simd::Level::WasmSimd128(_) => "simd128",
            _ => "scalar",
        })
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
