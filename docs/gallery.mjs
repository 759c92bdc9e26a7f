// SPDX-License-Identifier: Apache-2.0
// Makes docs/gallery.md and its pictures from the workflows, on the bundled models: `node docs/gallery.mjs` in the checkout's folder.
// Takes some minutes. Look at each picture before it goes in.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const paper = (authors, number, place) => `${authors}, [arXiv:${number}](https://arxiv.org/abs/${number}), ${place}`;
const unclip = (place) => paper("Ramesh et al.", "2204.06125", place);

// shown: outputs that are pictures; told: outputs that are words or numbers
const entries = [
  { workflow: "text-to-image", shown: ["image"], told: ["similarity"], answers: unclip("figures 1 and 2: text to image") },
  { workflow: "large", shown: ["small", "medium", "image"], answers: unclip("section 2.2: two upsamplers, 64 to 256 to 1024 pixels") },
  { workflow: "two-panels", shown: ["sheet"], told: ["meaning", "deviation", "correlation"], answers: unclip("section 3: the bipartite latent (z, x_T)") },
  { workflow: "text-diff", shown: ["image"], answers: unclip("figure 5: text diffs, adult lion to lion cub") },
  { workflow: "variations", shown: ["sheet"], answers: unclip("figure 3: variations") },
  { workflow: "interpolation", shown: ["sheet", "meaning"], answers: unclip("figure 4: interpolations") },
  { workflow: "inversion-check", shown: ["sheet"], told: ["psnr", "psnrOfRandom"], answers: paper("Dhariwal and Nichol", "2105.05233", "appendix F: DDIM inversion") },
  { workflow: "prior-or-none", shown: ["sheet"], answers: unclip("figure 8: caption alone, text embedding, prior") },
  { workflow: "both-priors", shown: ["sheet"], told: ["diffusionSimilarity", "autoregressiveSimilarity"], answers: unclip("table 1: both priors") },
  { workflow: "principal-components", shown: ["sheet"], answers: unclip("figure 7: principal components") },
  { workflow: "typographic-attack", shown: ["written", "variations"], told: ["before", "after"], answers: unclip("figure 6: typographic attacks") },
  { workflow: "forward-diffusion", shown: ["linear", "cosine"], answers: paper("Nichol and Dhariwal", "2102.09672", "figure 3: linear and cosine schedule") },
  { workflow: "sweep-guidance", shown: ["sheet"], told: ["fidelity", "sameness"], answers: unclip("figure 9: fidelity against diversity") },
  { workflow: "sweep-steps", shown: ["deterministic", "ancestral"], answers: paper("Song et al.", "2010.02502", "table 1: steps and eta") },
];

function run({ workflow, inputs = [] }) {
  const command = ["run", `workflows/${workflow}.json`, ...inputs.flatMap((input) => ["-i", input])];
  const out = mkdtempSync(join(tmpdir(), "gallery-"));
  const ran = spawnSync("./diptych", [...command, "--format", "jpeg", "--json", "--out", out], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (ran.status !== 0) {
    throw new Error(`${workflow} failed: ${ran.stderr}${ran.stdout}`);
  }
  return { command: `./diptych ${command.join(" ")}`, outputs: JSON.parse(ran.stdout).outputs };
}

function section(entry) {
  console.error(entry.workflow);
  const { title, description } = JSON.parse(readFileSync(`workflows/${entry.workflow}.json`, "utf8"));
  const { command, outputs } = run(entry);
  const pictures = entry.shown.map((name) => {
    const file = `${entry.workflow}${entry.shown.length > 1 ? `-${name}` : ""}.jpg`;
    copyFileSync(outputs[name].file ?? outputs[name], join("docs/gallery", file));
    return `![${title}: ${name}](gallery/${file})`;
  });
  const figures = (entry.told ?? []).map((name) => `\`${name}\`\n\n${`${outputs[name]}`.trim().replace(/^/gm, "    ")}`);
  return [`## ${title}`, description, `Answers ${entry.answers}.`, `    ${command}`, ...pictures, ...figures].join("\n\n");
}

mkdirSync("docs/gallery", { recursive: true });
const head = `# Gallery

Made by the workflows on the bundled models of drawn portraits, each by the command that stands with it, and each as the answer to a figure
of the papers. The models are small and have seen a tenth of what they need: edits of a given picture hold up, one in ten pictures that are drawn from a caption alone
lacks something, mostly its hat ([figures](../plugins/portraits/README.md#figures)). \`node docs/gallery.mjs\` makes this page anew.`;
writeFileSync("docs/gallery.md", `${[head, ...entries.map(section)].join("\n\n")}\n`);
