// Reads Mermaid texts as a JSON list on standard input; prints as JSON what the real parser says of each.
// Usage: node mermaid.mjs FOLDER, the folder holding node_modules with mermaid and jsdom.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.argv[2]}/`);
const { JSDOM } = require("jsdom");
const { window } = new JSDOM("");
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import(pathToFileURL(require.resolve("mermaid")));

const verdicts = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    const { diagramType } = await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const boxes = [...db.getVertices().values()].map((box) => [box.id, box.text]);
    const arrows = db.getEdges().map((edge) => [edge.start, edge.text, edge.end]);
    verdicts.push({ diagramType, boxes, arrows, frames: db.getSubGraphs().map((frame) => frame.title) });
  } catch (error) {
    verdicts.push({ error: String(error.message) });
  }
}
console.log(JSON.stringify(verdicts));
