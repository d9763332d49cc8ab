// Three ways to use the shop, each as strict as the people who have no other: a thumb that cannot reach the
// top of the glass, a keyboard without a mouse, and a text browser. A journey is written once and made with
// each of them.
import type { Locator } from "@playwright/test";

import { THUMB } from "./look.ts";
import { expect, type Page } from "./test.ts";

export interface Hands {
  readonly page: Page;
  /** Which bar leads to the parts of the shop. */
  readonly bar: "bottom" | "top";
  /** Follows a link or presses a button on the way. */
  press(target: Locator): Promise<void>;
  /** Does what the page is for. */
  act(target: Locator): Promise<void>;
  /** Writes into an empty field. */
  write(field: Locator, text: string): Promise<void>;
  /** Chooses an option of a list by what it reads. */
  choose(list: Locator, option: string): Promise<void>;
  /** Marks a radio button or a check box. */
  mark(box: Locator): Promise<void>;
}

/** A thumb on a telephone: touches only, and only what is big enough; what a page is for lies in the lower two
 *  thirds of the glass, or can be brought there. */
export class Thumb implements Hands {
  readonly bar = "bottom";

  constructor(readonly page: Page) {}

  async press(target: Locator): Promise<void> {
    await this.expectBigEnough(target);
    await target.tap();
  }

  async act(target: Locator): Promise<void> {
    await this.expectInReach(target);
    await this.press(target);
  }

  async write(field: Locator, text: string): Promise<void> {
    await this.press(field);
    await expect(field).toBeFocused();
    await this.page.keyboard.insertText(text);
  }

  async choose(list: Locator, option: string): Promise<void> {
    await this.expectBigEnough(list);
    // The telephone's own wheel does the rest.
    await list.selectOption({ label: option });
  }

  async mark(box: Locator): Promise<void> {
    await this.press(box.locator("xpath=ancestor::label"));
    await expect(box).toBeChecked();
  }

  private async expectBigEnough(target: Locator): Promise<void> {
    const box = await target.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0), `${target} is big enough for a thumb`).toBeGreaterThanOrEqual(THUMB - 0.5);
  }

  private async expectInReach(target: Locator): Promise<void> {
    const reach = await target.evaluate((element) => {
      const { top, height } = element.getBoundingClientRect();
      const middle = top + height / 2;
      for (let box: Element | null = element; box; box = box.parentElement) {
        if (getComputedStyle(box).position === "fixed") return middle / innerHeight;
      }
      // Scrolling brings down no further what is above than the top of the page.
      return (middle + scrollY) / innerHeight;
    });
    expect(reach, `${target} lies where a thumb is`).toBeGreaterThanOrEqual(1 / 3);
  }
}

/** A keyboard: tab, enter, space and arrows. Wherever it stops, it shows where it is, and the order of stops
 *  is the order of the page. */
export class Keyboard implements Hands {
  readonly bar = "top";

  constructor(readonly page: Page) {}

  async press(target: Locator): Promise<void> {
    await this.reach(target);
    await this.page.keyboard.press("Enter");
  }

  async act(target: Locator): Promise<void> {
    await this.reach(target);
    const isButton = await target.evaluate((element) => element.tagName === "BUTTON");
    await this.page.keyboard.press(isButton ? "Space" : "Enter");
  }

  async write(field: Locator, text: string): Promise<void> {
    await this.reach(field);
    await this.page.keyboard.insertText(text);
  }

  async choose(list: Locator, option: string): Promise<void> {
    await this.reach(list);
    for (let presses = 0; presses < 40; presses += 1) {
      const chosen = await list.evaluate((list: HTMLSelectElement) => list.selectedOptions[0]?.label);
      if (chosen === option) return;
      await this.page.keyboard.press("ArrowDown");
    }
    throw new Error(`forty arrows did not choose ${option}`);
  }

  async mark(box: Locator): Promise<void> {
    const isRadio = (await box.getAttribute("type")) === "radio";
    if (!isRadio) {
      await this.reach(box);
      await this.page.keyboard.press("Space");
    } else {
      const group = this.page.locator(`input[type=radio][name="${await box.getAttribute("name")}"]`);
      await this.reach(group.and(this.page.locator(":checked")).or(box).first());
      for (let presses = 0; presses < (await group.count()) && !(await box.isChecked()); presses += 1) {
        await this.page.keyboard.press("ArrowDown");
      }
    }
    await expect(box).toBeChecked();
  }

  /** Presses Tab until the target has the focus, and looks at every stop on the way. */
  async reach(target: Locator): Promise<void> {
    await expect(target).toBeVisible();
    for (let presses = 0; presses < 150; presses += 1) {
      await this.page.keyboard.press("Tab");
      await this.expectShown();
      if (await target.evaluate((element) => element === document.activeElement)) return;
    }
    throw new Error(`150 tabs did not reach ${target}`);
  }

  /** Fails unless somebody who looks at the page sees where the keyboard is. */
  async expectShown(): Promise<void> {
    const wrong = await this.page.evaluate(() => {
      const memory = globalThis as unknown as { lastStop?: Element };
      const element = document.activeElement;
      const last = memory.lastStop;
      delete memory.lastStop;
      // Between the last stop and the first the browser itself has the focus.
      if (element === null || element === document.body || element === document.documentElement) return "";
      memory.lastStop = element;
      const beginsAgain = element.matches(".skip-link");
      if (last && last !== element && !beginsAgain && last.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING) {
        return `from ${last.outerHTML.slice(0, 100)} the focus goes back to ${element.outerHTML.slice(0, 100)}`;
      }
      const name = element.outerHTML.slice(0, 140);
      const parts = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
      const luminance = (color: string) => {
        const [red, green, blue] = parts(color).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
      };
      const paper = luminance(getComputedStyle(document.documentElement).backgroundColor);
      const hasRing = (one: Element) => {
        const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
        const ring = luminance(outlineColor);
        const contrast = (Math.max(ring, paper) + 0.05) / (Math.min(ring, paper) + 0.05);
        return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 && contrast >= 3;
      };
      // A radio button shows it on the whole of its card.
      const shown = [element, element.closest("label")].filter((one) => one !== null).find(hasRing);
      if (!shown) return `the focus does not show on ${name}`;
      const { left, right, top, bottom } = element.getBoundingClientRect();
      if (bottom <= 0 || top >= innerHeight || right <= 0 || left >= innerWidth) return `the focus is out of sight on ${name}`;
      const [x, y] = [(Math.max(left, 0) + Math.min(right, innerWidth)) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2];
      const above = document.elementFromPoint(x, y);
      const isSeen = above !== null && (element.contains(above) || above.contains(element) || element.closest("label")?.contains(above));
      return isSeen ? "" : `the focus is hidden behind ${above?.outerHTML.slice(0, 100)} on ${name}`;
    });
    expect(wrong).toBe("");
  }
}

/** Words that run together where no style keeps them apart: “₩8,900” and “1 left” read as “₩8,9001 left”. */
async function wordsRunTogether(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const isApart = (element: Element) => element.tagName === "BR" || element.tagName === "IMG" || getComputedStyle(element).display !== "inline";
    let before: { text: string; parent: Element } | undefined;
    const walk = (node: Node): void => {
      if (node.nodeType === Node.TEXT_NODE) {
        const text = node.textContent!;
        const parent = node.parentElement!;
        // A link within a sentence may be followed by the end of its word.
        const isNeighbour = before && !parent.contains(before.parent) && !before.parent.contains(parent);
        if (isNeighbour && /[\p{L}\p{N}]$/u.test(before!.text) && /^[\p{L}\p{N}₩+-]/u.test(text)) found.push(`${before!.text.slice(-30)}|${text.slice(0, 30)}`);
        if (text !== "") before = { text, parent };
      } else if (node instanceof Element) {
        if (/^(script|style|template|noscript|svg)$/i.test(node.tagName)) return;
        const apart = isApart(node);
        if (apart) before = undefined;
        for (const child of node.childNodes) walk(child);
        if (apart) before = undefined;
      }
    };
    walk(document.body);
    return found;
  });
}

/** A text browser: neither scripts nor styles nor pictures. The test must switch JavaScript off. */
export class TextBrowser implements Hands {
  readonly bar = "top";

  private constructor(readonly page: Page) {}

  static async open(page: Page): Promise<TextBrowser> {
    await page.route("**/*", (route) => {
      const isText = route.request().resourceType() === "document";
      return isText ? route.continue() : route.abort("aborted");
    });
    return new TextBrowser(page);
  }

  async press(target: Locator): Promise<void> {
    expect.soft(await wordsRunTogether(this.page), `words that run together on ${this.page.url()}`).toEqual([]);
    await target.click();
  }

  act(target: Locator): Promise<void> {
    return this.press(target);
  }

  write(field: Locator, text: string): Promise<void> {
    return field.fill(text);
  }

  async choose(list: Locator, option: string): Promise<void> {
    await list.selectOption({ label: option });
  }

  mark(box: Locator): Promise<void> {
    return box.check();
  }
}
