import { parseName } from './names';

it('spells a name as code, tables and variables need it', () => {
  expect(parseName('unpaid-invoices2')).toEqual({
    kebab: 'unpaid-invoices2',
    camel: 'unpaidInvoices2',
    pascal: 'UnpaidInvoices2',
    snake: 'unpaid_invoices2',
    constant: 'UNPAID_INVOICES2',
    words: 'unpaid invoices2',
  });
});

it.each(['Invoices', 'unpaid_invoices', '2nd', '-a', 'a-', 'a--b', '../up', 'a b', '', 'é', 'a'.repeat(41)])(
  'says in one line that "%s" is not a name',
  (text) => {
    expect(() => parseName(text)).toThrow(/^".*" is not a name: .*$/);
  },
);
