import { withoutMarked } from './marked';

it.each([
  ['lines of YAML', 'a:\n  # example\n  - b\n  # /example\n  - c\n', 'a:\n  - c\n'],
  ['lines of code', 'a;\n// example\nb;\n// /example\n', 'a;\n'],
  ['paragraphs', 'a\n\n<!-- example -->\n\nb\n\nc\n\n<!-- /example -->\n\nd\n', 'a\n\nd\n'],
  ['a part of a sentence', 'a<!-- example -->, b<!-- /example -->.\n', 'a.\n'],
  ['rows of a table', '| a |<!-- example -->\n| b |\n| c |<!-- /example -->\n| d |\n', '| a |\n| d |\n'],
  ['what stands twice', 'a<!-- example -->b<!-- /example -->c<!-- example -->d<!-- /example -->\n', 'ac\n'],
  ['nothing', 'an # example\n\n\n\nof a text\n', 'an # example\n\n\n\nof a text\n'],
])('takes out %s', (_, text, rest) => {
  expect(withoutMarked(text)).toBe(rest);
});
