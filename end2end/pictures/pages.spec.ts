// Takes pictures of each page in each of its states, as each kind of person sees it, in both languages, light
// and dark, wide and narrow. Judges nothing but that it is the page that is meant; the places are those of
// helpers/places.ts. A page is opened once in each language and pictured four times.
import { formAnswers } from "../helpers/answers.ts";
import { login, member } from "../helpers/people.ts";
import { go, newcomersPlaces, operatorsPlaces, type Place, regularsPlaces, stoppedPlaces, strangersPlaces } from "../helpers/places.ts";
import { desktop } from "../playwright.config.ts";
import { type Page, test } from "../helpers/test.ts";
import type { Watch } from "../helpers/watch.ts";
import type { Lang } from "../helpers/words.ts";
import { pictures } from "./picture.ts";

// What stopped stays as it is while its picture is taken.
test.use({ settings: { ORDER_LIMIT: "off", CLAIM_LIMIT: "off", EXPIRY_EVERY: "off", EXPIRY_BATCH_EVERY: "off", RECOVERY_EVERY: "off" } });
test.setTimeout(300_000);
test.describe.configure({ mode: "parallel" });

async function readIn(page: Page, lang: Lang, url: string): Promise<void> {
  await page.context().addCookies([{ name: "lang", value: lang, url }]);
}

async function visit(page: Page, watch: Watch, lang: Lang, who: string, places: Place[]): Promise<void> {
  for (const place of places) {
    if (place.status !== undefined) watch.expectStatus(place.status, place.path.split("?")[0]!);
    await page.setViewportSize(desktop);
    // A place is known by its Korean sentence.
    await go(page, lang === "ko" ? place : { ...place, shows: undefined });
    await pictures(page, lang, `${who}-${place.name}`);
  }
}

for (const lang of ["ko", "en"] as const) {
  test(`a stranger's pages (${lang})`, async ({ page, watch, shop }) => {
    const places = await strangersPlaces(page);
    await readIn(page, lang, shop.url);
    await visit(page, watch, lang, "stranger", places);
  });

  test(`a newcomer's pages (${lang})`, async ({ page, watch, shop }) => {
    await login(page, await member(page.request));
    await readIn(page, lang, shop.url);
    await visit(page, watch, lang, "newcomer", newcomersPlaces());
  });

  test(`a regular's pages (${lang})`, async ({ page, watch, shop }) => {
    const { places } = await regularsPlaces(page);
    await readIn(page, lang, shop.url);
    await visit(page, watch, lang, "shopper", places);
  });

  test(`the pages of somebody whose orders stopped (${lang})`, async ({ page, watch, shop }) => {
    const places = await stoppedPlaces(page, shop);
    await readIn(page, lang, shop.url);
    await visit(page, watch, lang, "stopped", places);
  });

  test(`an operator's pages (${lang})`, async ({ page, watch, shop }) => {
    const places = await operatorsPlaces(page, shop);
    await readIn(page, lang, shop.url);
    await visit(page, watch, lang, "operator", places);
  });

  test(`what forms answer (${lang})`, async ({ page, shop }) => {
    await readIn(page, lang, shop.url);
    for await (const what of formAnswers(page, shop, lang)) {
      await pictures(page, lang, `answer-${what}`);
      await page.setViewportSize(desktop);
    }
  });
}
