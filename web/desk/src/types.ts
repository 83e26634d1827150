/** A text in both languages. */
export interface Text {
  zh: string;
  en: string;
}
/** Who is signed in. */
export interface Me {
  id: string;
  role: string;
  name: Text;
}
/** A person of the demonstration. */
export interface SignIn extends Me {
  case: Text;
}
/** One rule of the photo, as the server measured it. */
export interface Check {
  rule: string;
  ok: boolean;
  advice_only: boolean;
  measured: string;
  limit: string;
  text: Text;
  fix: Text;
}
/** A photo to be decided. */
export interface Review {
  id: string;
  case_id: string;
  look: 'first' | 'second';
  urgent: boolean;
  submitted_at: string;
  waiting_s: number;
  lease_until: string | null;
  applicant: { name_masked: string; sex: Text; age: number; classes: string };
  checks: Check[];
  has_stored_photo: boolean;
  decided: 'approved' | 'rejected' | null;
  decided_at: string | null;
  undo_until: string | null;
}
/** The queue as a whole. */
export interface Queue {
  waiting: number;
  urgent: number;
  second_look: number;
  oldest_waiting_s: number | null;
  decided_today: number;
  median_decide_s: number | null;
  mine: Review[];
}
/** A reason from the list. */
export interface Reason {
  code: string;
  text: Text;
  fix: Text;
  key: string;
}
