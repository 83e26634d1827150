//! Why a photo is not accepted: a list with codes, each with how to fix it.

use serde::{Deserialize, Serialize};

use crate::text::Text;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $key:literal, $zh:literal, $en:literal, $fix_zh:literal, $fix_en:literal;)+) => {
        /// Why a photo was not accepted. The codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum RejectionReason { $($(#[$doc])* $variant,)+ }

        impl RejectionReason {
            /// Every reason, in the order of the keys of the review desk.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The key at the review desk, `1` to `9`.
            pub const fn key(self) -> char {
                match self { $(Self::$variant => $key,)+ }
            }

            /// What is wrong.
            pub const fn text(self) -> Text {
                match self { $(Self::$variant => Text::fixed($zh, $en),)+ }
            }

            /// How to fix it.
            pub const fn fix(self) -> Text {
                match self { $(Self::$variant => Text::fixed($fix_zh, $fix_en),)+ }
            }
        }
    };
}

reasons! {
    /// No face can be seen.
    NoFace = "no_face", '1', "照片中没有清晰可辨的人脸。", "No face can be seen clearly.",
        "请在光线充足处正对镜头拍摄本人照片。", "Take a photo of yourself, facing the camera, in good light.";
    /// More than one person.
    SeveralFaces = "several_faces", '2', "照片中有多人。", "More than one person can be seen.",
        "请单独拍摄，背景中不要出现他人。", "Take the photo alone, with nobody in the background.";
    /// Turned away, with a hat, dark glasses or a covered face.
    Pose = "pose", '3', "未正面免冠，或面部有遮挡。", "Not facing the camera, or the head or face is covered.",
        "请摘下帽子、口罩和墨镜，正面平视镜头，露出双眉和两耳。", "Take off hat, mask and dark glasses, look straight ahead, and show brows and ears.";
    /// The head is too large, too small or not in the middle.
    Framing = "framing", '4', "头部过大、过小或未居中。", "The head is too large, too small or not in the middle.",
        "请参照拍照框调整距离，使头部居中并露出双肩。", "Move until the head fills the outline, in the middle, with both shoulders in view.";
    /// The background is not plain and white.
    Background = "background", '5', "背景不是白色或有杂物。", "The background is not plain and white.",
        "请在白色墙面前拍摄。", "Stand before a white wall.";
    /// Blurred, or of too low resolution.
    Blurred = "blurred", '6', "照片模糊。", "The photo is blurred.",
        "请擦拭镜头，保持手机稳定后重新拍摄。", "Wipe the lens, hold the phone still and take it again.";
    /// Too dark, too bright, or with shadows on the face.
    Light = "light", '7', "光线过暗、过亮或面部有阴影。", "Too dark, too bright, or with shadows on the face.",
        "请面向光源拍摄，避免逆光和阴影。", "Face the light; avoid light from behind and shadows.";
    /// Another person, an old picture, a picture of a picture, or retouched.
    NotTheHolder = "not_the_holder", '8', "照片与本人不符，或系翻拍、过度修饰、非近期照片。",
        "Not a recent picture of the holder, or a picture of a picture, or retouched.",
        "请使用本人近六个月内的原始照片。", "Use an original picture of yourself from the last six months.";
    /// Sent in bad faith. Closes the app for this application: counter only.
    Malicious = "malicious", '9', "恶意上传与申领无关的图片。", "A picture that has nothing to do with the application, sent in bad faith.",
        "请携带身份证明到车管所窗口办理。", "Please come to the counter with your identity document.";
}

impl RejectionReason {
    /// The reason of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }

    /// Whether the app is closed for this holder's application from now on (domain-driver.md 5.4).
    pub const fn closes_app_channel(self) -> bool {
        matches!(self, Self::Malicious)
    }
}
