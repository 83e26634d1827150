import type zh from '../zh-CN/bound';

const bound: typeof zh = {
  bound: {
    opening: 'Opening',
    enrolTitle: 'Enrol this device',
    enrolText: 'Your office gives out a one-time code. Once enrolled, only this device can sign in as you.',
    step: 'Step {n} of {of}',
    code: 'Enrolment code',
    codeHint: '12 characters in three groups, such as K7M2-9QXT-4FDA. Good for 24 hours, and once.',
    codeWrong: 'The code has 12 letters and digits: please look again.',
    name: 'Name of the device',
    nameHint: 'So that the office knows which one it is, for example “Squad 3, no. 5”.',
    nameWrong: 'Please give the device a name of at most 40 characters.',
    next: 'Next',
    back: 'Back',
    protectTitle: 'Set a lock',
    protectText:
      'The device’s key is kept encrypted. Without the PIN or your finger, whoever finds or takes the device cannot use it.',
    passkey: 'Fingerprint, face or screen lock',
    passkeyText: 'With gloves on a PIN is easier; you can have both.',
    pin: 'A PIN of your own',
    pinText: 'At least 6 digits, or 8 characters with letters.',
    enrol: 'Enrol',
    enrolling: 'Enrolling',
    demoTitle: 'Demonstration: enrol with one tap',
    demoText: 'No code and no PIN; closing the page clears it.',
    outTitle: 'Not signed in',
    outText: 'This device is enrolled for {name}.',
    signIn: 'Sign in',
    signingIn: 'Signing in',
    forget: 'This device is no longer used: delete the enrolment',
    forgetTitle: 'Delete the enrolment of this device?',
    forgetText:
      'The device’s key and everything kept on it are deleted. To use it again, the office has to give a new code.',
    forgetYes: 'Delete',
    forgetNo: 'Keep it',
    insecure: 'Devices cannot be enrolled at this address',
    insecureText: 'Browsers make keys on a secure connection (https) only. Please open the https address.',
    wiped:
      'Too many wrong PINs: the key and the data on this device were deleted. Ask your office for a new code.',
    problem: {
      offline: 'No network, so you cannot sign in. Kept data can be used off-line once you have signed in.',
      clock:
        'This device’s clock is wrong, so the server does not take its proofs. Set the time to automatic in the system settings, then try again.',
      device_ended: 'Your office has ended this device. To go on, ask the office for a new code.',
      device_proof:
        'The server does not take this device’s key. The session may have been replaced elsewhere: sign in again. If that fails, tell your office.',
      wrong_code:
        'The code is wrong, used before, or older than 24 hours. Check it and try again; after 5 wrong tries it is void.',
      too_many_devices: 'You have as many devices as are allowed. Ask the office to end an old one first.',
      off_duty: 'You are not on duty now, so nothing can be looked up. Ask your office.',
      too_often: 'Too many tries. Please wait a while.',
      not_allowed:
        'The server did not let this device in. You may be off duty, or your rights have changed: ask your office.',
      server: 'Something went wrong on our side, not yours. Please try again later.',
    },
  },
};
export default bound;
