//! The model's file, read with ceilings: little-endian numbers, one classifier after another.

/// Most classifiers, features, layers or neurons of any kind that are read; the published model stays far below.
const COUNT_MAX: i32 = 1 << 16;
/// Base classifiers are asked in groups of so many.
pub(crate) const GROUP: usize = 10;

/// A boosted classifier over local assembled binary features.
#[derive(Debug)]
pub(crate) struct Boosted {
    /// Where in the window each feature lies.
    pub(crate) features: Vec<(usize, usize)>,
    pub(crate) thresholds: Vec<f32>,
    /// For each feature, a weight for each of its 256 values.
    pub(crate) weights: Vec<Vec<f32>>,
}

/// One layer of a network.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) inputs: usize,
    pub(crate) weights: Vec<f32>,
    pub(crate) biases: Vec<f32>,
}

/// A network over gradient sums.
#[derive(Debug)]
pub(crate) struct Network {
    /// Numbers of the patches it looks at, from 0.
    pub(crate) patches: Vec<usize>,
    pub(crate) threshold: f32,
    pub(crate) layers: Vec<Layer>,
}

#[derive(Debug)]
pub(crate) enum Classifier {
    Boosted(Boosted),
    Network(Network),
}

/// A step of the funnel for one sort of pose: classifiers one after another, fed by the windows of earlier steps.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) stages: Vec<Classifier>,
    pub(crate) sources: Vec<usize>,
}

/// The whole funnel, level by level.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) levels: Vec<Vec<Step>>,
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn four(&mut self) -> Option<[u8; 4]> {
        let (head, tail) = self.0.split_first_chunk()?;
        self.0 = tail;
        Some(*head)
    }

    fn int(&mut self) -> Option<i32> {
        self.four().map(i32::from_le_bytes)
    }

    fn count(&mut self) -> Option<usize> {
        self.int().filter(|n| (0..=COUNT_MAX).contains(n)).and_then(|n| usize::try_from(n).ok())
    }

    fn floats(&mut self, count: usize) -> Option<Vec<f32>> {
        (0..count).map(|_| self.four().map(f32::from_le_bytes)).collect()
    }

    fn boosted(&mut self, window: usize, feature_side: usize) -> Option<Boosted> {
        let (count, bins) = (self.count()?, self.count()?);
        let features: Vec<(usize, usize)> =
            (0..count).map(|_| Some((self.count()?, self.count()?))).collect::<Option<_>>()?;
        let thresholds = self.floats(count)?;
        let weights: Vec<Vec<f32>> = (0..count).map(|_| self.floats(bins + 1)).collect::<Option<_>>()?;
        let inside = features.iter().all(|(x, y)| x.max(y) + feature_side <= window);
        (inside && bins >= 255 && count > 0 && count % GROUP == 0).then_some(Boosted { features, thresholds, weights })
    }

    fn network(&mut self, patches: usize, patch_values: usize) -> Option<Network> {
        let (layers, features) = (self.count()?, self.count()?);
        let numbers: Vec<usize> = (0..features).map(|_| self.count()?.checked_sub(1)).collect::<Option<_>>()?;
        let threshold = self.floats(1)?[0];
        let mut inputs = self.count()?;
        let whole = inputs == features * patch_values && numbers.iter().all(|n| *n < patches);
        let mut read = Vec::new();
        for _ in 1..layers {
            let outputs = self.count()?;
            let weights = self.floats(inputs.checked_mul(outputs)?)?;
            read.push(Layer { inputs, weights, biases: self.floats(outputs)? });
            inputs = outputs;
        }
        // The last layer says how sure, and how the window should move and grow.
        (whole && inputs >= 1 && read.iter().all(|l| l.inputs > 0)).then_some(Network {
            patches: numbers,
            threshold,
            layers: read,
        })
    }
}

impl Model {
    /// Reads a model; `None` when it is cut off or contradicts itself.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let patches = crate::surf::patches().len();
        let mut levels = Vec::new();
        for _ in 0..reader.count()? {
            let mut steps = Vec::new();
            for _ in 0..reader.count()? {
                let mut stages = Vec::new();
                for _ in 0..reader.count()? {
                    stages.push(match reader.int()? {
                        0 => Classifier::Boosted(reader.boosted(crate::cascade::WINDOW, crate::lab::SIDE)?),
                        1 => Classifier::Network(reader.network(patches, crate::surf::VALUES)?),
                        _ => return None,
                    });
                }
                // The first level has no sources, which the file writes as -1.
                let count = reader.int().filter(|n| *n <= COUNT_MAX)?;
                let sources = (0..count).map(|_| reader.count()).collect::<Option<_>>()?;
                steps.push(Step { stages, sources });
            }
            levels.push(steps);
        }
        let model = Self { levels };
        model.is_whole().then_some(model)
    }

    /// The first level looks at every window by one boosted classifier a step, later ones by networks at what an earlier level left.
    fn is_whole(&self) -> bool {
        let Some((first, later)) = self.levels.split_first() else { return false };
        let mut before = first.len();
        let first_whole = !first.is_empty() && first.iter().all(|s| matches!(s.stages[..], [Classifier::Boosted(_)]));
        let later_whole = later.iter().all(|steps| {
            let fed = |s: &Step| !s.sources.is_empty() && s.sources.iter().all(|n| *n < before);
            let networks = |s: &Step| {
                s.stages.iter().all(
                    |c| matches!(c, Classifier::Network(n) if n.layers.last().is_some_and(|l| l.biases.len() >= 4)),
                )
            };
            let whole = !steps.is_empty() && steps.iter().all(|s| fed(s) && networks(s));
            before = steps.len();
            whole
        });
        first_whole && later_whole
    }
}
