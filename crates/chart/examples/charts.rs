//! Draws one chart of each kind into a folder, to be looked at.
use evesdrop_chart::{Axis, BarChart, Chart, HeatMap, LearningPoint, Series, Shades, histogram, learning_curve};

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
    let pairs = (0..14_u64).map(|i| (0.004 * (i % 5) as f64 + 0.002, 4.67 + 0.17 * (i * 5 % 14) as f64)).collect();
    save(
        "scatter",
        Chart::new(
            "Bob against the best fresh Eve",
            Axis::linear("Bob's wrong bits"),
            Axis::linear("Eve's wrong bits"),
        )
        .series(Series::scatter("trained pairs", pairs))
        .level(8.0, "chance 8")
        .level(6.0, "success 6")
        .to_svg(),
    )?;
    let values: Vec<f64> = (0..4000).map(|i| (f64::from(i) * 0.73).sin() * 0.98).collect();
    save("histogram", histogram("Ciphertext values", "value", &values, (-1.0, 1.0), 40).to_svg())?;
    let bars = ["fresh eves", "key search", "differential", "statistics"];
    let bars = bars.iter().enumerate().map(|(i, n)| ((*n).to_owned(), 0.9 / (i as f64 + 1.0) - 0.3)).collect();
    save("bars", BarChart::new("Advantage of each attack", "attack", "advantage", bars).level(0.0, "none").to_svg())?;
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
