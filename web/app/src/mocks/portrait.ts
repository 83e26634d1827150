/** A drawn face, nobody's: photos of the mock's people are made here. */
export function portrait(seed: number): string {
  const skins = ['#f2cfae', '#e8bd96', '#f6d9bd', '#dcae85'];
  const hairs = ['#221a17', '#2d2320', '#3a3a3f', '#8a8a8e'];
  const coats = ['#2b3a55', '#3c4a3e', '#4a2f3c', '#30343b'];
  const skin = skins[seed % 4];
  const hair = hairs[(seed * 3) % 4];
  const coat = coats[(seed * 7) % 4];
  const long = seed % 2 === 1;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 260 378" width="520" height="756">
<rect width="260" height="378" fill="#fff"/>
${long ? `<path d="M62 150c0-70 30-104 68-104s68 34 68 104v100H62z" fill="${hair}"/>` : ''}
<path d="M22 378c2-66 40-92 108-92s106 26 108 92z" fill="${coat}"/>
<path d="M104 240h52v56c-10 16-42 16-52 0z" fill="${skin}"/>
<path d="M96 288l34 36 34-36 14 8-48 60-48-60z" fill="#e9edf0"/>
<ellipse cx="130" cy="168" rx="60" ry="78" fill="${skin}"/>
<path d="M68 158c-4-74 26-108 62-108s66 34 62 108c-6-34-18-52-30-60-22 10-66 10-76 6-8 12-14 30-18 54z" fill="${hair}"/>
<g fill="#2a211d"><ellipse cx="106" cy="168" rx="6" ry="5"/><ellipse cx="154" cy="168" rx="6" ry="5"/></g>
<g fill="none" stroke="#2a211d" stroke-width="4" stroke-linecap="round"><path d="M94 150q12-7 24 0M142 150q12-7 24 0"/></g>
<path d="M130 172q-9 24 2 26" fill="none" stroke="#a97c58" stroke-width="3" stroke-linecap="round"/>
<path d="M110 214q20 12 40 0" fill="none" stroke="#a04c46" stroke-width="4" stroke-linecap="round"/>
</svg>`;
}
