import { type FrameOf, t } from '../../src/index.ts';
import { expectFrame, given } from '../../src/testing/index.ts';

/** What the testing kit must take and must refuse when it is compiled. */

const schema = { sku: t.string(), quantity: t.int(), region: t.string().nullable() };
const large = (sales: FrameOf<typeof schema>) => sales.filter((r) => r.quantity.gt(10)).select('sku', 'region');

given(schema, [{ sku: 'desk', quantity: 1 }]);
given(schema, [{ sku: 'desk' }], { defaults: { quantity: 1 } });
// @ts-expect-error: quantity is missing, and may not be null
given(schema, [{ sku: 'desk' }]);
// @ts-expect-error: there is no such column
given(schema, [{ sku: 'desk', quantity: 1, colour: 'red' }]);
// @ts-expect-error: a default of another dtype
given(schema, [{ sku: 'desk' }], { defaults: { quantity: 'one' } });
// @ts-expect-error: a row of the answer lacks a column
void given(schema, []).expect(large, [{ sku: 'desk' }]);

const { frame } = given(schema, []);
void expectFrame(frame).toEqualRows([], { key: 'sku' });
// @ts-expect-error: the key is no column
void expectFrame(frame).toEqualRows([], { key: 'id' });
// @ts-expect-error: a rule for no column
void expectFrame(frame).toPassChecks({ id: [] });
