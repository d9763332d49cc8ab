// Every page in each of its states, in both languages, in light and dark, on a telephone and on a desktop:
// the document is sound, axe finds nothing, a thumb finds every target, nothing is lost in a narrow window
// or with large text, nothing moves for who asked for rest, and every word is in the language that was asked
// for. A page is opened once in each language and then looked at in every way.
import { formAnswers } from "../helpers/answers.ts";
import { axeFaults, documentFaults, longestMotion, lostContent, smallTargets } from "../helpers/look.ts";
import { login, member } from "../helpers/people.ts";
import { go, newcomersPlaces, operatorsPlaces, type Place, regularsPlaces, stoppedPlaces, strangersPlaces } from "../helpers/places.ts";
import { desktop, phone } from "../playwright.config.ts";
import { expect, type Page, test } from "../helpers/test.ts";
import type { Watch } from "../helpers/watch.ts";
import { foreignWords, type Lang } from "../helpers/words.ts";

// Everything is asked of one page after another, and what stopped stays as it is while it is looked at.
test.use({ settings: { ORDER_LIMIT: "off", CLAIM_LIMIT: "off", EXPIRY_EVERY: "off", EXPIRY_BATCH_EVERY: "off", RECOVERY_EVERY: "off" } });
test.setTimeout(240_000);
// The longest file: all workers take a share.
test.describe.configure({ mode: "parallel" });

/** The narrowest telephone, and what a desktop becomes when its page is enlarged four times (WCAG 1.4.10). */
const narrow = { width: 320, height: 640 };

async function readIn(page: Page, lang: Lang, url: string): Promise<void> {
  await page.context().addCookies([{ name: "lang", value: lang, url }]);
}

/** Lets the styles that a change asks for come into force. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((settled) => requestAnimationFrame(() => requestAnimationFrame(settled))));
}

async function show(page: Page, colorScheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await settle(page);
}

/** Everything that is wrong with the page that is open. */
async function faults(page: Page, lang: Lang): Promise<string[]> {
  const found: string[] = [];
  const note = (how: string, faults: string[]) => found.push(...faults.map((fault) => `${how}: ${fault}`));

  await page.setViewportSize(phone);
  await show(page, "light");
  note("document", await documentFaults(page, lang));
  // A search is answered in its own words.
  const typed = new URL(page.url()).searchParams.get("q") ?? "";
  note("words", await foreignWords(page, lang, [typed]));
  note("telephone", await lostContent(page));
  note("telephone", await smallTargets(page));
  note("telephone, light", await axeFaults(page));
  const motion = await longestMotion(page);
  if (motion.seconds > 0.01) note("rest", [`${motion.seconds} s: ${motion.what}`]);
  await show(page, "dark");
  note("telephone, dark", await axeFaults(page, "colours"));

  await page.setViewportSize(narrow);
  note("320 px", await lostContent(page));

  await page.setViewportSize(desktop);
  note("desktop", await lostContent(page));
  note("desktop, dark", await axeFaults(page));
  await show(page, "light");
  note("desktop, light", await axeFaults(page, "colours"));
  // Text alone twice as large (WCAG 1.4.4), by the property that a browser's own setting changes.
  await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
  note("text at 200 %", await lostContent(page));
  await page.evaluate(() => document.documentElement.style.removeProperty("font-size"));
  return [...new Set(found)];
}

async function judge(page: Page, watch: Watch, lang: Lang, places: Place[]): Promise<void> {
  for (const place of places) {
    if (place.status !== undefined) watch.expectStatus(place.status, place.path.split("?")[0]!);
    await test.step(place.name, async () => {
      // A place is known by its Korean sentence.
      await go(page, lang === "ko" ? place : { ...place, shows: undefined });
      expect.soft(await faults(page, lang), `${place.name}, ${lang}`).toEqual([]);
    });
  }
}

const half = (places: Place[], which: 0 | 1) => places.filter((_, index) => index % 2 === which);

for (const lang of ["ko", "en"] as const) {
  for (const which of [0, 1] as const) {
    test(`a stranger's pages are whole (${lang}, half ${which + 1})`, { tag: "@js" }, async ({ page, watch, shop }) => {
      const places = await strangersPlaces(page);
      await readIn(page, lang, shop.url);
      await judge(page, watch, lang, half(places, which));
    });

    test(`a regular's pages are whole (${lang}, half ${which + 1})`, { tag: "@js" }, async ({ page, watch, shop }) => {
      const { places } = await regularsPlaces(page);
      await readIn(page, lang, shop.url);
      await judge(page, watch, lang, half(places, which));
    });
  }

  test(`the pages of somebody whose orders stopped are whole (${lang})`, { tag: "@js" }, async ({ page, watch, shop }) => {
    const places = await stoppedPlaces(page, shop);
    await readIn(page, lang, shop.url);
    await judge(page, watch, lang, places);
  });

  test(`a newcomer's pages are whole (${lang})`, { tag: "@js" }, async ({ page, watch, shop }) => {
    await login(page, await member(page.request));
    await readIn(page, lang, shop.url);
    await judge(page, watch, lang, newcomersPlaces());
  });

  test(`an operator's pages are whole (${lang})`, { tag: "@js" }, async ({ page, watch, shop }) => {
    const places = await operatorsPlaces(page, shop);
    await readIn(page, lang, shop.url);
    await judge(page, watch, lang, places);
  });

  test(`what forms answer is whole (${lang})`, { tag: "@js" }, async ({ page, shop }) => {
    await readIn(page, lang, shop.url);
    for await (const what of formAnswers(page, shop, lang)) {
      expect.soft(await faults(page, lang), `${what}, ${lang}`).toEqual([]);
    }
  });
}
