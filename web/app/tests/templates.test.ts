import { type ElementNode, NodeTypes, type TemplateChildNode } from '@vue/compiler-core';
import { describe, expect, it } from 'vitest';
import { parse } from 'vue/compiler-sfc';

const files = import.meta.glob<string>(['../src/**/*.vue', '!../src/gallery/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
});
const SPOKEN = new Set(['aria-label', 'alt', 'title', 'placeholder', 'label', 'aria-description']);
/** The name of a message, handed to a component that looks it up. */
const KEY = /^[a-z]\w*(\.\w+)+$/;
/** Not words of any language: units and signs that are written the same everywhere. */
const SAME = /^[\s\d.,:;·/|()+%~\-–—…“”"'#*×]*$/;

function words(nodes: readonly TemplateChildNode[]): string[] {
  return nodes.flatMap((node): string[] => {
    if (node.type === NodeTypes.TEXT) return SAME.test(node.content) ? [] : [node.content.trim()];
    if (node.type !== NodeTypes.ELEMENT) return [];
    const element = node as ElementNode;
    const spoken = element.props.flatMap((prop) =>
      prop.type === NodeTypes.ATTRIBUTE &&
      SPOKEN.has(prop.name) &&
      !SAME.test(prop.value?.content ?? '') &&
      !KEY.test(prop.value?.content ?? '')
        ? [`${prop.name}="${prop.value?.content ?? ''}"`]
        : [],
    );
    return [...spoken, ...words(element.children)];
  });
}

describe('the templates', () => {
  it('find words that stand in a template', () => {
    const { descriptor } = parse('<template><p title="x">你好 {{ t("a") }} · <b>one</b></p></template>');
    expect(words(descriptor.template?.ast?.children ?? [])).toEqual(['title="x"', '你好', 'one']);
  });

  it('have all their words from the tables of the languages', () => {
    expect(Object.keys(files).length).toBeGreaterThan(60);
    const found = Object.entries(files).flatMap(([path, text]) =>
      words(parse(text).descriptor.template?.ast?.children ?? []).map((word) => `${path}: ${word}`),
    );
    expect(found).toEqual([]);
  });
});
