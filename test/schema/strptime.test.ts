import { describe, expect, test } from 'vitest';
import { read, t } from '../../src/index.ts';

describe('formats that cannot tell a day are refused where they are declared', () => {
  test.each([
    ['%d.%m', 'does not tell the year'],
    ['%H:%M', 'does not tell the year, the month, the day'],
    ['%Y-%Q-%d', 'has the directive %Q, which is none'],
    ['%Y-%m-%d %H:%M %Z', 'has the directive %Z, and names of zones are ambiguous'],
    ['%Y-%m-%d %', 'has the directive %, which is none'],
    ['', 'does not tell the year'],
  ])('%j', (format, message) => {
    for (const make of [t.date, t.timestamp]) {
      expect(() => make({ formats: [format] })).toThrow(
        expect.objectContaining({ code: 'schema.invalid', message: expect.stringContaining(message) }),
      );
    }
  });

  test('no format at all, or none in an array', () => {
    expect(() => t.date({ formats: [] })).toThrow('formats is []');
    expect(() => t.date({ formats: '%Y-%m-%d' as never })).toThrow('formats is "%Y-%m-%d"');
  });

  test('those that do are taken', async () => {
    const text = read.rows([{ x: '366.2024' }, { x: '5 Mar 24' }, { x: '100% 2024-01-02' }], {
      schema: { x: t.string() },
    });
    const days = text.cast({ x: t.date({ formats: ['%j.%Y', '%-d %b %y', '100%% %Y-%m-%d'] }) });
    expect(await days.rows()).toEqual([{ x: '2024-12-31' }, { x: '2024-03-05' }, { x: '2024-01-02' }]);
  });
});
