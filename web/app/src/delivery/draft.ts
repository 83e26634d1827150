import type { Delivery, PaperReason } from '@/api/mark-case';

/** What is filled in about paper, as it is kept; `none`: no paper is wanted. */
export interface DeliveryDraft {
  way: 'none' | 'post' | 'pickup';
  recipient: string;
  phone: string;
  /** The registered number, masked, which is used when none is given. */
  phone_masked: string | null;
  /** Six digits of what has been chosen so far, and whether nothing below it is left to choose. */
  division: string;
  area_complete: boolean;
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
  phone_masked: null,
  division: '',
  area_complete: false,
  address: '',
  office: '',
  office_name: null,
  area_name: null,
  reason: 'wanted',
});

export type DeliveryField = 'recipient' | 'phone' | 'division' | 'address' | 'office';

/** A number as people type it: full width, with spaces or hyphens. */
export const plainPhone = (typed: string): string => typed.normalize('NFKC').replace(/[\s-]/g, '');

/** The fields that are not filled in right, first to last. */
export function faultsOf(draft: DeliveryDraft): DeliveryField[] {
  const hasPhone = draft.phone_masked !== null;
  if (draft.way === 'none') return [];
  if (draft.way === 'pickup') return draft.office === '' ? ['office'] : [];
  const faults: DeliveryField[] = [];
  if (draft.recipient.trim() === '') faults.push('recipient');
  const phone = plainPhone(draft.phone);
  // left empty, the carrier gets the registered one
  if (phone === '' ? !hasPhone : !/^1\d{10}$/.test(phone)) faults.push('phone');
  if (!draft.area_complete) faults.push('division');
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
    phone: plainPhone(draft.phone) || null,
    division: draft.division,
    address: draft.address.trim(),
  };
}
