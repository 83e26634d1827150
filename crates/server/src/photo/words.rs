//! What the rules say, and how to put it right, in both languages.

use luzheng_domain::text::Text;

use super::rule::Rule;

/// A part of a picture of the recommended ratio, in pixels of the upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crop {
    pub(super) left: u64,
    pub(super) width: u64,
    pub(super) height: u64,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing wrong.
    Fine,
    /// Could not be measured, since there is no face.
    Nothing,
    /// Below what is asked for.
    Low,
    /// Above what is asked for.
    High,
    /// Too narrow for its height.
    Narrow(Crop),
    /// Too wide for its height.
    Wide(Crop),
}

fn cropped(crop: Crop) -> Text {
    let Crop { left, width, height } = crop;
    Text::made(
        format!("请裁剪为 {width}×{height} 像素(从左边第 {left} 像素起),推荐比例 520×756。"),
        format!(
            "Crop it to {width} × {height} pixels, starting {left} pixels from the left; 520 × 756 is recommended."
        ),
    )
}

/// The sentence and the advice of a rule.
pub(super) fn of(rule: Rule, found: Found) -> (Text, Text) {
    match found {
        Found::Fine => (fine(rule), Text::fixed("", "")),
        Found::Nothing => (
            Text::fixed("没有找到人脸,无法测量。", "No face was found, so this could not be measured."),
            Text::fixed("", ""),
        ),
        Found::Narrow(crop) => (
            Text::fixed(
                "照片太窄:宽高比应大于2:3。",
                "The photo is too narrow: its width to height must be above 2:3.",
            ),
            cropped(crop),
        ),
        Found::Wide(crop) => (
            Text::fixed("照片太宽:宽高比应小于3:4。", "The photo is too wide: its width to height must be below 3:4."),
            cropped(crop),
        ),
        Found::Low => low(rule),
        Found::High => high(rule),
    }
}

const fn fine(rule: Rule) -> Text {
    match rule {
        Rule::Size => Text::fixed("尺寸足够。", "It is large enough."),
        Rule::Ratio => Text::fixed("宽高比合适。", "Its width to height is right."),
        Rule::OneFace => Text::fixed("有且只有一张人脸。", "There is one face."),
        Rule::Centred => Text::fixed("人脸居中。", "The face is in the middle."),
        Rule::FaceSize => Text::fixed("人脸大小合适。", "The face has the right size."),
        Rule::Background => Text::fixed("背景为纯白色。", "The background is plain and white."),
        Rule::Sharpness => Text::fixed("照片清晰。", "The photo is sharp."),
        Rule::Light => Text::fixed("光线合适。", "The light is right."),
    }
}

const fn low(rule: Rule) -> (Text, Text) {
    match rule {
        Rule::Size | Rule::Ratio => (
            Text::fixed("照片太小:宽度至少520像素。", "The photo is too small: it must be at least 520 pixels wide."),
            Text::fixed(
                "请用手机原图,不要用截图或聊天软件压缩过的图片;拍摄时靠近一些。",
                "Use the telephone's own picture, not a screenshot or one that a chat made smaller; go closer.",
            ),
        ),
        Rule::OneFace => (
            Text::fixed("没有找到人脸。", "No face was found."),
            Text::fixed(
                "请正对镜头,露出整张脸,摘下帽子、口罩和墨镜。",
                "Look straight into the camera with your whole face; no hat, mask or sunglasses.",
            ),
        ),
        Rule::Centred => (
            Text::fixed("人脸偏左。", "The face is too far left."),
            Text::fixed("请把脸移到画面中间。", "Move the camera so that the face is in the middle."),
        ),
        Rule::FaceSize => (
            Text::fixed("人脸太小。", "The face is too small."),
            Text::fixed(
                "请靠近一些,使脸宽约占画面的一半。",
                "Come closer, so that the face fills about half of the width.",
            ),
        ),
        Rule::Background => (
            Text::fixed("背景不够白。", "The background is not white enough."),
            Text::fixed(
                "请站在白墙前,让光照到墙面。",
                "Stand in front of a white wall, with light falling on the wall.",
            ),
        ),
        Rule::Sharpness => (
            Text::fixed("照片模糊。", "The photo is blurred."),
            Text::fixed("请擦净镜头,拿稳手机,对脸部对焦。", "Clean the lens, hold still and focus on the face."),
        ),
        Rule::Light => (
            Text::fixed("脸部太暗。", "The face is too dark."),
            Text::fixed("请面向窗户或灯光,不要背光。", "Turn towards a window or a lamp; no bright light behind you."),
        ),
    }
}

const fn high(rule: Rule) -> (Text, Text) {
    match rule {
        Rule::OneFace => (
            Text::fixed("不止一张人脸。", "There is more than one face."),
            Text::fixed("画面中只能有本人。", "Only you may be in the picture; mind posters and mirrors behind you."),
        ),
        Rule::Centred => (
            Text::fixed("人脸偏右。", "The face is too far right."),
            Text::fixed("请把脸移到画面中间。", "Move the camera so that the face is in the middle."),
        ),
        Rule::FaceSize => (
            Text::fixed("人脸太大。", "The face is too large."),
            Text::fixed(
                "请离远一些,露出头顶和双肩。",
                "Go back a little, so that the top of the head and both shoulders are seen.",
            ),
        ),
        Rule::Background => (
            Text::fixed("背景不是纯色。", "The background is not plain."),
            Text::fixed(
                "请换一面没有图案、影子和物品的白墙。",
                "Choose a white wall without patterns, shadows or things.",
            ),
        ),
        Rule::Light => (
            Text::fixed("脸部过亮。", "The face is too bright."),
            Text::fixed("请避开直射的阳光和闪光灯。", "Avoid direct sunlight and flash."),
        ),
        Rule::Size | Rule::Ratio | Rule::Sharpness => (fine(rule), Text::fixed("", "")),
    }
}
