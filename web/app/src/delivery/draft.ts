import type { Delivery, PaperReason } from '@/api/mark-case';

/** What is filled in about paper, as it is kept; `none`: no paper is wanted. */
export interface DeliveryDraft {
  way: 'none' | 'post' | 'pickup';
  recipient: string;
  phone: string;
  /** Six digits of the district, or what has been chosen so far above it. */
  division: string;
  address: string;
  office: string;
  /** The chosen office's name, for the summary. */
  office_name: { zh: string; en: string } | null;
  /** The chosen area's name, for the summary. */
  area_name: { zh: string; en: string } | null;
  reason: PaperReason;
}

export const blankDelivery = (way: DeliveryDraft['way']): DeliveryDraft => ({
  way,
  recipient: '',
  phone: '',
  division: '',
  address: '',
  office: '',
  office_name: null,
  area_name: null,
  reason: 'wanted',
});

export type DeliveryField = 'recipient' | 'phone' | 'division' | 'address' | 'office';

/** A number as people type it: full width, with spaces or hyphens. */
export const plainPhone = (typed: string): string => typed.normalize('NFKC').replace(/[\s-]/g, '');

/** Whether a division goes down to the district: the last two digits name one. */
export const isDistrict = (division: string): boolean => /^\d{4}(?!00)\d{2}$/.test(division);

/** The fields that are not filled in right, first to last. */
export function faultsOf(draft: DeliveryDraft): DeliveryField[] {
  if (draft.way === 'none') return [];
  if (draft.way === 'pickup') return draft.office === '' ? ['office'] : [];
  const faults: DeliveryField[] = [];
  if (draft.recipient.trim() === '') faults.push('recipient');
  if (!/^1\d{10}$/.test(plainPhone(draft.phone))) faults.push('phone');
  if (!isDistrict(draft.division)) faults.push('division');
  if (draft.address.trim().length < 4) faults.push('address');
  return faults;
}

/** What is sent; null when no paper is wanted. */
export function deliveryOf(draft: DeliveryDraft): Delivery | null {
  if (draft.way === 'none') return null;
  if (draft.way === 'pickup') return { way: 'pickup', office: draft.office };
  return {
    way: 'post',
    recipient: draft.recipient.trim(),
    phone: plainPhone(draft.phone),
    division: draft.division,
    address: draft.address.trim(),
  };
}
