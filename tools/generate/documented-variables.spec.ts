import { integer, text, type Variable } from '@kubernest/config';
import { documentedGroups } from './documented-variables';

const port = (value: string): Variable => ({
  about: 'A port.',
  schema: integer({ min: 0, max: 9 }),
  default: value,
});
const key: Variable = {
  about: 'A key.',
  schema: text(),
  secret: true,
  minSecretBytes: 8,
  example: 'change-me',
};

test('one variable of several processes is told once, with who uses it', () => {
  const [group] = documentedGroups({ api: { KEY: key }, worker: { KEY: key } }, [
    { title: 'Keys', names: ['KEY'] },
  ]);
  expect(group).toEqual({
    title: 'Keys',
    variables: [
      {
        name: 'KEY',
        about: 'A key.',
        type: 'text of 1 to 4096 characters',
        required: true,
        secret: true,
        minSecretBytes: 8,
        example: 'change-me',
        usedBy: ['api', 'worker'],
        defaults: [],
      },
    ],
  });
});

test('a default that differs is told with its processes', () => {
  const processes = { api: { PORT: port('1') }, worker: { PORT: port('2') }, other: { PORT: port('1') } };
  const [group] = documentedGroups(processes, []);
  expect(group?.variables[0]).toMatchObject({
    required: false,
    defaults: [
      { value: '1', processes: ['api', 'other'] },
      { value: '2', processes: ['worker'] },
    ],
  });
});

test('a variable that no group names comes last, and an empty group not at all', () => {
  const groups = [
    { title: 'Ports', names: ['PORT'] },
    { title: 'Nothing', names: ['NONE'] },
  ];
  const documented = documentedGroups({ api: { KEY: key, PORT: port('1') } }, groups);
  expect(documented.map(({ title, variables }) => [title, ...variables.map(({ name }) => name)])).toEqual([
    ['Ports', 'PORT'],
    ['Of the apps themselves', 'KEY'],
  ]);
});

test('one name with two meanings is refused', () => {
  const processes = { api: { KEY: key }, worker: { KEY: { ...key, about: 'Another key.' } } };
  expect(() => documentedGroups(processes, [])).toThrow('KEY of worker is not that of api');
});
