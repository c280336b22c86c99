//! Draws one chart of each kind into a folder, to be looked at.
use evesdrop_chart::{Axis, Chart, HeatMap, LearningPoint, Series, Shades, Strip, StripPlot, learning_curve};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "charts".to_owned());
    std::fs::create_dir_all(&folder)?;
    let save = |name: &str, svg: String| std::fs::write(format!("{folder}/{name}.svg"), svg);

    let wobble = |i: u64| ((i * 7919 % 101) as f64 / 101.0 - 0.5) * 0.25;
    let turn = |i: u64, at: f64| 1.0 / (1.0 + ((i as f64 - at) / 14.0).exp());
    let run: Vec<LearningPoint> = (0..300)
        .map(|i| LearningPoint {
            round: i * 50,
            bob: (8.0 * turn(i, 150.0) + wobble(i) * turn(i, 220.0)).max(0.01),
            eve: 8.0 - 2.6 * turn(i, 230.0) * (1.0 - turn(i, 120.0)) + wobble(i + 40) - 0.3,
        })
        .collect();
    save("curve", learning_curve(&run, 16, (0.05, 7.3), Some((14_600, "goal met"))).to_svg())?;

    let sizes: Vec<f64> = (8..22).map(|i| f64::from(1 << i)).collect();
    let advantage = |k: f64| sizes.iter().map(move |s| (*s, (s / k) / (1.0 + s / k))).collect::<Vec<_>>();
    let band =
        advantage(9e4).iter().zip(&sizes).map(|((x, y), s)| (*x, y - 9.0 / s.sqrt(), y + 9.0 / s.sqrt())).collect();
    save(
        "advantage",
        Chart::new("What each Eve learns", Axis::log("messages seen"), Axis::linear("advantage over guessing"))
            .series(Series::line("wide dense", advantage(9e4)).with_dots().with_band(band))
            .series(Series::line("residual", advantage(4e5)).with_dots())
            .series(Series::line("products", advantage(2e4)).with_dots())
            .series(Series::line("paper's network", advantage(5e6)).with_dots())
            .series(Series::line("ensemble", advantage(1.1e4)).with_dots())
            .level(0.0, "guessing")
            .marker(65_536.0, "quick")
            .marker(100_000.0, "budget")
            .to_svg(),
    )?;
    let wrong = |at: f64| (0..14_u64).map(move |i| at + 0.02 * ((i * 5 % 14) as f64 - 7.0).powi(3) / 7.0);
    save(
        "strip",
        StripPlot::new("Fresh Eves against trained pairs", Axis::linear("wrong bits of 16").range(0.0, 8.4))
            .note("Each dot is a training. 0 wrong bits: all is read.")
            .level(6.0, "kept out: 6")
            .level(8.0, "chance: 8")
            .row(Strip::new("Bob").dots(0, [0.04; 14]))
            .row(Strip::new("best fresh Eve").dots(1, wrong(5.8)).note("mean 5.8"))
            .row(Strip::new("failed trainings").dots(0, [0.5, 7.9]).heading("Apart"))
            .to_svg(),
    )?;
    let leaked =
        |slope: f64| (0..=16).step_by(4).map(|j| (f64::from(j), 8.0 - slope * f64::from(j))).collect::<Vec<_>>();
    save(
        "yardstick",
        Chart::new(
            "Key bits given to Eve",
            Axis::linear("key bits").ticks((0..=16).step_by(4).map(f64::from)),
            Axis::linear("wrong bits"),
        )
        .series(Series::line("fresh Eve", leaked(0.4)).with_dots())
        .reference(leaked(0.5), "one-time pad")
        .level(8.0, "chance")
        .names_at_ends()
        .to_svg(),
    )?;
    let row = |r: usize| (format!("c{r}"), (0..16).map(|c| ((r * 5 + c * 3) % 17) as f64 / 16.0 - 0.5).collect());
    let columns: Vec<String> = (0..16).map(|c| format!("k{c}")).collect();
    save(
        "heat",
        HeatMap::new("How far each output moves", columns.clone(), (0..16).map(row).collect())
            .titles("key bit flipped", "ciphertext value", "mean change")
            .to_svg(),
    )?;
    save(
        "diverging",
        HeatMap::new("Correlation", columns, (0..4).map(row).collect())
            .titles("key bit", "ciphertext bit", "correlation")
            .shades(Shades::Diverging, Some((-0.5, 0.5)))
            .to_svg(),
    )
}
