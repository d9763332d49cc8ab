// Which language a page speaks, whoever reads it: nothing Korean for somebody who reads only English, and
// none of the shop's English for somebody who reads only Korean. What the shop says comes from its two
// catalogues, which are read here.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "./test.ts";

export type Lang = "ko" | "en";

/** What may be Korean on an English page: names that people gave themselves or their works. */
export const NAMES = [
  // The demo's makers have Korean names, as makers in Korea do.
  "서유하", "문지담", "한이록", "도해린", "부엌 스튜디오 온", "여로 편집부", "활자공방 들", "김소복", "글자가게 모퉁이", "한 줄 연구소",
  "정돈 작업실", "숫자와 여백", "스튜디오 낮은책상", "모노크롬 산책", "저녁하늘", "라디오 골목", "윤새벽", "소리채집단", "파형연구회",
  "바람개비 게임즈", "도토리 픽셀", "한밤공작소", "심해서점", "차근차근랩", "빛 관찰실", "획과 점", "골목지도사", "구름수집가",
  // The people of the tests and of the demo.
  "김담다", "김담이", "홍길동", "운영자",
];

/** The sentences of a catalogue, each as a pattern for a whole text. Texts without words of their own
 *  (amounts, a name alone) are left out, and so are those that both languages share. */
async function catalogue(lang: Lang): Promise<Map<string, string[]>> {
  const text = await readFile(join(import.meta.dirname, `../../app/i18n/${lang}/app.ftl`), "utf8");
  const messages = new Map<string, string[]>();
  for (const message of text.matchAll(/^([a-z][\w-]*) = (.*(?:\n[ \t}].*)*)/gm)) {
    const [, key, value] = message as unknown as [string, string, string];
    const variants = [...value.matchAll(/^\s*\*?\[\w+\] (.+)$/gm)].map((variant) => variant[1]!);
    messages.set(key, variants.length > 0 ? variants : [value.trim()]);
  }
  return messages;
}

async function englishOfTheShop(): Promise<RegExp[]> {
  const [korean, english] = await Promise.all([catalogue("ko"), catalogue("en")]);
  const patterns: RegExp[] = [];
  for (const [key, texts] of english) {
    for (const text of texts) {
      const words = text.replaceAll(/\{[^}]*\}/g, " ");
      if (!/[A-Za-z]{3}/.test(words) || korean.get(key)?.includes(text)) continue;
      const pattern = text.split(/\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      patterns.push(new RegExp(`^${pattern.join(".+")}$`, "u"));
    }
  }
  if (patterns.length < 100) throw new Error(`only ${patterns.length} texts were read from the English catalogue`);
  return patterns;
}

let english: Promise<RegExp[]> | undefined;

/** Everything a page says: what is seen, and what only a screen reader or a tooltip says. What is marked as
 *  being in another language (the names in the choice of languages) is not the page's own. */
export async function spoken(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const said = new Set<string>([document.title]);
    const own = document.documentElement.lang;
    const isOwn = (element: Element) => (element.closest("[lang]")?.getAttribute("lang") ?? own) === own;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const parent = node.parentElement!;
      if (/^(script|style|noscript|template)$/i.test(parent.tagName) || !isOwn(parent)) continue;
      if (parent.checkVisibility() || parent.tagName === "OPTION") said.add(node.textContent!.trim());
    }
    for (const element of document.querySelectorAll("*")) {
      if (!isOwn(element)) continue;
      for (const name of ["aria-label", "aria-description", "aria-valuetext", "title", "alt", "placeholder"]) {
        said.add(element.getAttribute(name)?.trim() ?? "");
      }
    }
    for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=description], meta[property='og:title'], meta[property='og:description']")) {
      said.add(meta.content.trim());
    }
    said.delete("");
    return [...said];
  });
}

/** What a page says that somebody who reads only `lang` cannot read; `names` are allowed besides NAMES. */
export async function foreignWords(page: Page, lang: Lang, names: string[] = []): Promise<string[]> {
  const said = await spoken(page);
  if (lang === "en") {
    const allowed = [...NAMES, ...names];
    const left = (text: string) => allowed.reduce((rest, name) => rest.replaceAll(name, ""), text);
    return said.filter((text) => /\p{Script=Hangul}/u.test(left(text)));
  }
  english ??= englishOfTheShop();
  const patterns = await english;
  return said.filter((text) => !/\p{Script=Hangul}/u.test(text) && patterns.some((pattern) => pattern.test(text)));
}
