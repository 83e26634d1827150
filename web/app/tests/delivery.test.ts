import { describe, expect, it } from 'vitest';
import { blankDelivery, type DeliveryDraft, deliveryOf, faultsOf } from '@/delivery/draft';

const post = (more: Partial<DeliveryDraft> = {}): DeliveryDraft => ({
  ...blankDelivery('post'),
  recipient: ' 杨敏 ',
  phone: '138 0000-1234',
  division: '320211',
  area_complete: true,
  address: ' 湖滨路 1 号 ',
  ...more,
});

describe('where paper goes', () => {
  it('asks nothing of who wants none', () => {
    expect(faultsOf(blankDelivery('none'))).toEqual([]);
    expect(deliveryOf(blankDelivery('none'))).toBeNull();
  });

  it('needs everything by post', () => {
    expect(faultsOf(blankDelivery('post'))).toEqual(['recipient', 'phone', 'division', 'address']);
    expect(faultsOf(post())).toEqual([]);
    expect(deliveryOf(post())).toEqual({
      way: 'post',
      recipient: '杨敏',
      phone: '13800001234',
      division: '320211',
      address: '湖滨路 1 号',
    });
  });

  it.each([
    ['1380000123', ['phone']],
    ['23800001234', ['phone']],
    ['１３８００００１２３４', []],
    ['', ['phone']],
  ])('looks at the phone %s', (phone, faults) => {
    expect(faultsOf(post({ phone }))).toEqual(faults);
  });

  it('takes the registered phone when none is given', () => {
    const draft = post({ phone: '', phone_masked: '138****1234' });
    expect(faultsOf(draft)).toEqual([]);
    expect(deliveryOf(draft)).toMatchObject({ phone: null });
    expect(faultsOf({ ...draft, phone: '12' })).toEqual(['phone']);
  });

  it('needs the area down to where nothing is left to choose', () => {
    expect(faultsOf(post({ division: '320200', area_complete: false }))).toEqual(['division']);
    // a city without districts is as far as it goes
    expect(faultsOf(post({ division: '441900', area_complete: true }))).toEqual([]);
  });

  it('needs an office to be picked up at', () => {
    expect(faultsOf(blankDelivery('pickup'))).toEqual(['office']);
    const chosen = { ...blankDelivery('pickup'), office: 'o-1' };
    expect(faultsOf(chosen)).toEqual([]);
    expect(deliveryOf(chosen)).toEqual({ way: 'pickup', office: 'o-1' });
  });
});
