// marked: GitHub-flavoured Markdown, extensions, async renderers, tokens.
import { Lexer, Marked, marked, Renderer } from "marked";
import { assert, test } from "../web/harness.ts";

test("marked renders Markdown", () => {
  const html = marked.parse(
    '# Title\n\nText *em* **strong** `code` [link](/a?b=c&d "t") ![img](i.png)\n\n> quote\n\n---\n',
  );
  assert.equal(
    html,
    "<h1>Title</h1>\n<p>Text <em>em</em> <strong>strong</strong> <code>code</code> " +
      '<a href="/a?b=c&amp;d" title="t">link</a> <img src="i.png" alt="img"></p>\n' +
      "<blockquote>\n<p>quote</p>\n</blockquote>\n<hr>\n",
  );
});

test("marked renders tables, task lists, strikethrough, autolinks, nested lists", () => {
  const html = marked.parse(
    "| a | b |\n|:--|--:|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n  1. inner\n\n~~gone~~ https://a.test\n",
  ) as string;
  assert.ok(html.includes('<th align="left">a</th>\n<th align="right">b</th>'), html);
  assert.ok(html.includes('<input checked="" disabled="" type="checkbox">'), html);
  assert.ok(html.includes("<ol>\n<li>inner</li>\n</ol>"), html);
  assert.ok(html.includes('<del>gone</del> <a href="https://a.test">https://a.test</a>'), html);
});

test("marked escapes code, and knows fences, entities, emoji", () => {
  const html = marked.parse("```js\nif (a < b && c) {}\n```\n\n&copy; 😀 <b>raw</b>");
  assert.equal(
    html,
    '<pre><code class="language-js">if (a &lt; b &amp;&amp; c) {}\n</code></pre>\n' +
      "<p>&copy; 😀 <b>raw</b></p>\n",
  );
});

test("marked takes renderers, hooks and extensions of one's own", async () => {
  const instance = new Marked({
    async: true,
    hooks: { postprocess: (html) => html.trim() },
    renderer: {
      heading({ tokens, depth }) {
        const text = this.parser.parseInline(tokens);
        return `<h${depth} id="${encodeURIComponent(text)}">${text}</h${depth}>`;
      },
    },
    extensions: [
      {
        name: "mention",
        level: "inline",
        start: (src) => src.indexOf("@"),
        tokenizer(src) {
          const match = /^@(\w+)/.exec(src);
          return match ? { type: "mention", raw: match[0], user: match[1] } : undefined;
        },
        renderer: ({ user }) => `<a href="/u/${user as string}">@${user as string}</a>`,
      },
    ],
    walkTokens: async (token) => {
      if (token.type === "strong") (token as { text: string }).text += "!";
      await Promise.resolve();
    },
  });
  assert.equal(await instance.parse("## Hi ü\n"), '<h2 id="Hi%20%C3%BC">Hi ü</h2>');
  assert.equal(await instance.parse("ask @ada"), '<p>ask <a href="/u/ada">@ada</a></p>');
});

test("marked gives tokens", () => {
  const tokens = new Lexer().lex("# a\n\nb\n");
  assert.deepEqual(
    tokens.map(({ type }) => type),
    ["heading", "space", "paragraph"],
  );
  assert.ok(new Renderer() instanceof Renderer);
});

test("marked stays linear on deep nesting", () => {
  const html = marked.parse(`${"> ".repeat(200)}deep`) as string;
  assert.equal(html.split("<blockquote>").length - 1, 200);
});
