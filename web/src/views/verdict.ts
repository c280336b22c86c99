/** A finding as text: the verdict, a summary, the figures, and the command that replays it. */

import { RUN_FOLDER, type Finding, type Verdict } from "../attacking.ts";
import { h } from "../dom.ts";

const WORDS: Record<Verdict, string> = {
  INVALID: "INVALID",
  BROKEN: "BROKEN",
  WEAKNESS_FOUND: "WEAKNESS FOUND",
  INCONCLUSIVE: "INCONCLUSIVE",
  NOTHING_FOUND: "NOTHING FOUND WITHIN THIS BUDGET",
};

export function verdict(of: Verdict): HTMLElement {
  const found = of === "BROKEN" || of === "WEAKNESS_FOUND" || of === "INVALID";
  return h("span", { class: found ? "verdict found" : "verdict nothing" }, WORDS[of] ?? "UNKNOWN VERDICT");
}

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

/** The advantage with its interval, the leakage, and the number of samples. */
function measure({ advantage, interval, leaked_bits, samples }: Finding): string {
  const parts: string[] = [];
  if (advantage !== null) {
    const between = interval ? ` (interval ${percent(interval[0])} to ${percent(interval[1])})` : "";
    parts.push(`advantage over guessing ${percent(advantage)}${between}`);
  }
  if (leaked_bits !== undefined && leaked_bits !== null) parts.push(`${leaked_bits.toFixed(3)} bits leak`);
  parts.push(`${samples.toLocaleString("en")} samples`);
  return parts.join("; ");
}

/** The findings of one report. A command that replays several findings is shown after the last of them. `train` is the command line
 * that trains the page's model, if that is the target. */
export function findingRows(findings: Finding[], train = ""): HTMLElement[] {
  return findings.map((finding, i) => findingRow(finding, train, findings[i + 1]?.replay === finding.replay));
}

function findingRow(finding: Finding, train: string, same: boolean): HTMLElement {
  const command = finding.replay.includes(RUN_FOLDER) && train !== "" ? `${train} && ${finding.replay}` : finding.replay;
  const recovered = finding.recovered.slice(0, 3);
  return h(
    "div",
    { class: "finding", "data-verdict": finding.verdict },
    h("p", {}, verdict(finding.verdict), finding.misuse ? " (only if a one-time key is reused)" : ""),
    h("p", {}, `${finding.summary.charAt(0).toUpperCase()}${finding.summary.slice(1)}.`),
    h("p", { class: "note" }, measure(finding)),
    finding.notice ? h("p", { class: "note" }, finding.notice) : null,
    recovered.length > 0 ? h("p", { class: "note" }, `Recovered: ${recovered.join("; ")}`) : null,
    same ? null : h("code", { class: "command" }, command),
  );
}
