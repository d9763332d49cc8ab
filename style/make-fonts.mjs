// Writes fonts.css from the npm package `pretendard`: the same @font-face rules, with the files
// at /fonts/pretendard/ where the build copies them. Run again after changing the package version:
//   node style/make-fonts.mjs [path of node_modules, default ./node_modules]
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = process.argv[2] ?? "node_modules";
const from = join(modules, "pretendard/dist/web/variable/pretendardvariable-dynamic-subset.css");
const faces = readFileSync(from, "utf8")
  .replace(/\/\*[\s\S]*?\*\//g, "")
  .replace(/\.\/woff2-dynamic-subset\//g, "/fonts/pretendard/")
  .replace(/url\(([^)'"]+)\)/g, 'url("$1")')
  .replace(/\n{2,}/g, "\n")
  .trim();
if (!/font-display: swap/.test(faces) || /url\("(?!\/fonts\/pretendard\/)/.test(faces)) {
  throw new Error(`${from} no longer looks as expected: fonts.css was not written`);
}
const licence =
  "/*! Pretendard (c) 2021 Kil Hyung-jin, SIL Open Font License 1.1, https://github.com/orioncactus/pretendard */";
const made = "/* Made by style/make-fonts.mjs. Do not edit. */";
const here = dirname(fileURLToPath(import.meta.url));
writeFileSync(join(here, "fonts.css"), `${licence}\n${made}\n${faces}\n`);
