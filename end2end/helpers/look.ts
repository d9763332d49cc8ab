// What every page owes everybody, measured in the browser: a sound document, targets that a thumb finds,
// nothing lost when text is large or the window small, rest for those who ask for it. Each function lists
// what is wrong, as a person would say it; an empty list is a good page.
import axe, { type RunOptions } from "axe-core";

import type { Page } from "./test.ts";

/** Faults of the document itself. */
export async function documentFaults(page: Page, lang: "ko" | "en"): Promise<string[]> {
  return page.evaluate((lang) => {
    const found: string[] = [];
    const html = document.documentElement;
    const brand = lang === "ko" ? "담다" : "Damda";
    if (html.lang !== lang) found.push(`lang is “${html.lang}”`);
    if (!new RegExp(`\\S · ${brand}$`).test(document.title)) found.push(`title is “${document.title}”`);
    if (!document.querySelector("meta[name=description][content]")) found.push("no description");
    // A receipt is a sheet of paper: no bar.
    const bars = document.querySelector(".receipt") ? 0 : 1;
    for (const [selector, count] of [["h1", 1], ["main", 1], ["header.topbar", bars]] as const) {
      const there = document.querySelectorAll(selector).length;
      if (there !== count) found.push(`${there} ${selector}`);
    }
    for (const element of document.querySelectorAll("*")) {
      for (const { name } of element.attributes) {
        if (name === "style" || name.startsWith("on")) found.push(`inline ${name}: ${element.outerHTML.slice(0, 120)}`);
      }
      if (element instanceof HTMLElement && element.tabIndex > 0) found.push(`tabindex ${element.tabIndex}: ${element.outerHTML.slice(0, 120)}`);
    }
    for (const image of document.querySelectorAll("img")) {
      if (!image.hasAttribute("alt")) found.push(`no alt: ${image.outerHTML}`);
      if (!image.hasAttribute("width") || !image.hasAttribute("height")) found.push(`no size, so the page jumps: ${image.outerHTML}`);
    }
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) found.push(`id “${id}” twice`);
    for (const attribute of ["aria-describedby", "aria-labelledby", "for"]) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) {
        for (const id of element.getAttribute(attribute)!.split(/\s+/)) {
          if (!document.getElementById(id)) found.push(`${attribute} names “${id}”, which is not there`);
        }
      }
    }
    for (const link of document.querySelectorAll("a[href^='#']")) {
      if (!document.querySelector(link.getAttribute("href")!)) found.push(`${link.outerHTML} leads nowhere`);
    }
    return found;
  }, lang);
}

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const COLOURS = ["color-contrast", "link-in-text-block"];

/** What axe finds against WCAG 2.2 A and AA and its own good practice. Of a page that was judged whole,
 *  only its colours can be wrong in another brightness. Needs JavaScript. */
export async function axeFaults(page: Page, judged: "everything" | "colours" = "everything"): Promise<string[]> {
  const isThere = await page.evaluate(() => "axe" in globalThis);
  if (!isThere) await page.evaluate(axe.source);
  const options: RunOptions = {
    runOnly: judged === "colours" ? { type: "rule", values: COLOURS } : { type: "tag", values: WCAG },
    rules: judged === "colours" ? {} : { "target-size": { enabled: true } },
    resultTypes: ["violations"],
    preload: false,
  };
  return page.evaluate(async (options) => {
    const { run } = (globalThis as unknown as { axe: typeof axe }).axe;
    const { violations } = await run(document, options);
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `axe ${id}: ${help}: ${html.slice(0, 200)}`));
  }, options);
}

/** CSS pixels that a thumb needs, each way. */
export const THUMB = 44;

/** Everything that can be touched and is too small for a thumb. A link within a sentence may be as small as
 *  its line, as WCAG 2.5.8 allows; a radio button or a check box counts with its label. */
export async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const found: string[] = [];
    const isInSentence = (element: Element) =>
      getComputedStyle(element).display === "inline" &&
      [...(element.parentElement?.childNodes ?? [])].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== "");
    const selector = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=link], [tabindex='0']";
    for (const element of document.querySelectorAll<HTMLElement>(selector)) {
      if (!element.checkVisibility({ checkVisibilityCSS: true }) || element.matches(":disabled")) continue;
      if (isInSentence(element)) continue;
      const label = element.matches("[type=radio], [type=checkbox]") ? (element as HTMLInputElement).labels?.[0] : undefined;
      const boxes = [element, label].filter((one) => one != null).map((one) => one.getBoundingClientRect());
      if (boxes.every(({ width, height }) => width < least - 0.5 || height < least - 0.5)) {
        const { width, height } = boxes.at(-1)!;
        found.push(`${Math.round(width)}×${Math.round(height)} is small for a thumb: ${element.outerHTML.slice(0, 160)}`);
      }
    }
    return found;
  }, THUMB);
}

/** What is wider than the window, cut off, or written over something else. */
export async function lostContent(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const html = document.documentElement;
    const wide = html.clientWidth;
    if (html.scrollWidth > wide) found.push(`the page is ${html.scrollWidth} wide in a window of ${wide}`);
    const name = (element: Element) => element.outerHTML.slice(0, 140);
    const hasText = (element: Element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== "");
    const isForReadersOnly = (element: Element) => element.closest(".sr-only, .skip-link") !== null;
    const scrolls = (element: Element): boolean => {
      for (let box: Element | null = element; box && box !== document.body; box = box.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return true;
      }
      return false;
    };
    const texts: { element: Element; rect: DOMRect; layer: Element | null }[] = [];
    for (const element of document.body.querySelectorAll<HTMLElement>("*")) {
      if (!hasText(element) || isForReadersOnly(element) || element.tagName === "OPTION") continue;
      if (!element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true })) continue;
      const rect = element.getBoundingClientRect();
      if (rect.width === 0 || rect.height === 0) continue;
      const style = getComputedStyle(element);
      if (!scrolls(element) && (rect.right > wide + 1 || rect.left < -1)) found.push(`reaches out of the window: ${name(element)}`);
      const isCut = style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
      if (isCut && !/auto|scroll/.test(style.overflowX) && element.tagName !== "SELECT") found.push(`cut off: ${name(element)}`);
      const range = document.createRange();
      range.selectNodeContents(element);
      texts.push({ element, rect: range.getBoundingClientRect(), layer: element.closest(".topbar, .tabbar, .pay-bar, footer") });
    }
    for (const [index, one] of texts.entries()) {
      for (const other of texts.slice(index + 1)) {
        if (one.layer !== other.layer || one.element.contains(other.element) || other.element.contains(one.element)) continue;
        const across = Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left);
        const down = Math.min(one.rect.bottom, other.rect.bottom) - Math.max(one.rect.top, other.rect.top);
        if (across > 2 && down > 4) found.push(`written over each other: ${name(one.element)} and ${name(other.element)}`);
      }
    }
    return found;
  });
}

/** The longest transition or animation of any element, in seconds. */
export async function longestMotion(page: Page): Promise<{ seconds: number; what: string }> {
  return page.evaluate(() => {
    let longest = { seconds: 0, what: "" };
    for (const element of document.querySelectorAll("*")) {
      for (const pseudo of [null, "::before", "::after"]) {
        const { transitionDuration, animationDuration, animationName } = getComputedStyle(element, pseudo);
        const animated = animationName === "none" ? "0s" : animationDuration;
        for (const duration of `${transitionDuration},${animated}`.split(",")) {
          const seconds = Number.parseFloat(duration);
          if (seconds > longest.seconds) longest = { seconds, what: element.outerHTML.slice(0, 140) };
        }
      }
    }
    return longest;
  });
}
