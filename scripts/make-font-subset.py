"""Subsets and renames the fonts of printed pages. Called by make-font-subset.sh: make-font-subset.py PACKAGE ROOT"""

import pathlib
import shutil
import sys

from fontTools import subset

FAMILY = "Luzheng Sans"
ASCII = "".join(map(chr, range(0x20, 0x7F)))
PUNCTUATION = "·×°§№–—‘’“”…‰→《》「」『』【】、。〇（），：；！？％＋－～／￥" + "".join(map(chr, range(0xFF10, 0xFF1A)))
PLATES = "京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新学警使领挂港澳试超临时农军空海北沈兰济南广成"


VALUES = "年月日"


def gb2312_level_1():
    """The 3,755 everyday characters, so that an operator's own authority names rarely miss one."""
    rows = range(0xB0, 0xD8)
    cells = ((row, cell) for row in rows for cell in range(0xA1, 0xFF) if not (row == 0xD7 and cell > 0xF9))
    return "".join(bytes(pair).decode("gb2312") for pair in cells)


def texts(*folders):
    files = (file for folder in folders for file in sorted(folder.rglob("*")) if file.suffix in {".toml", ".csv", ".tsv"})
    return "".join(file.read_text(encoding="utf-8") for file in files)


def make(source, target, style, characters):
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.drop_tables += ["DSIG", "BASE", "vhea", "vmtx", "VORG"]
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(set(characters))))
    subsetter.subset(font)
    postscript = f"{FAMILY.replace(' ', '')}-{style}"
    names = {1: FAMILY, 2: style, 3: f"{postscript};Luzheng", 4: f"{FAMILY} {style}", 6: postscript, 16: FAMILY, 17: style}
    licence = {13: "SIL Open Font License 1.1", 14: "https://openfontlicense.org"}
    table = font["name"]
    for identifier, text in {**names, **licence}.items():
        table.removeNames(nameID=identifier)
        table.setName(text, identifier, 3, 1, 0x409)
    # The trademark notice is about the name that the subset does not carry.
    table.removeNames(nameID=7)
    cff = font["CFF "].cff
    cff.fontNames[0] = postscript
    cff.topDictIndex[0].FullName = names[4]
    cff.topDictIndex[0].FamilyName = FAMILY
    # The same input is to give the same bytes.
    font.recalcTimestamp = False
    subset.save_font(font, str(target), options)


def main():
    package, root = map(pathlib.Path, sys.argv[1:])
    assets = root / "crates/server/assets"
    fonts = assets / "fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    templates, domain = texts(assets / "templates"), texts(root / "crates/domain/data")
    basic = ASCII + PUNCTUATION + PLATES + VALUES
    printable = lambda text: "".join(c for c in text if c.isprintable())
    make(package / "fonts/NotoSansHans-Regular.otf", fonts / "LuzhengSans-Regular.otf", "Regular",
         printable(basic + templates + domain + gb2312_level_1()))
    make(package / "fonts/NotoSansHans-Bold.otf", fonts / "LuzhengSans-Bold.otf", "Bold", printable(basic + templates))
    shutil.copy(package / "LICENSE", fonts / "OFL.txt")


main()
