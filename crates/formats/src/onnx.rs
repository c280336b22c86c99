//! A network as an ONNX graph.
//!
//! Alice, Bob and an Eve of their kind have one form: a dense layer mixes all inputs, convolutions or a product of its halves follow, and in some games
//! a last dense layer. What there is of it is read off the names and shapes of the tensors.

use evesdrop_engine::{Layout, Tensor};
use evesdrop_learn::games::{Channel, EveKind, GameKind, Rules};
use evesdrop_learn::model::Model;
use evesdrop_learn::networks::Network;
use prost::Message;

use crate::arrays::reversed;
use crate::schema::{
    Attribute, Dimension, GraphProto, ModelProto, NodeProto, OperatorSet, Shape, TensorProto, TensorType, TypeProto,
    ValueInfo,
};

/// The names of the networks that can be exported: Alice, Bob, in the asymmetric game the generator, and Eves of their kind.
pub(crate) fn names(rules: &Rules) -> Vec<String> {
    let mut names = vec!["alice".to_owned(), "bob".to_owned()];
    if rules.game == GameKind::Asymmetric {
        names.push("generator".into());
    }
    let eves = rules.eve_names().into_iter().zip(&rules.eves);
    names.extend(eves.filter(|(_, kind)| **kind == EveKind::Same).map(|(name, _)| name));
    names
}

/// What a network reads, in its order, with the number of values.
fn inputs(rules: &Rules, name: &str) -> Vec<(&'static str, usize)> {
    let Rules { bits, key_bits, random_bits, leaked_key_bits, .. } = *rules;
    let (key, ciphertext) = (("key", key_bits), ("ciphertext", bits));
    let inputs = match (rules.game, name) {
        (_, "generator") => vec![key],
        (GameKind::Selective, "alice") => vec![("values", 3), key],
        (GameKind::Asymmetric, "alice") => vec![("plaintext", bits), ("public", bits), ("random", random_bits)],
        (_, "alice") => vec![("plaintext", bits), key],
        (_, "bob") => vec![ciphertext, key],
        (GameKind::Symmetric, _) => vec![ciphertext, ("leaked_key", leaked_key_bits)],
        (GameKind::Asymmetric, _) => vec![ciphertext, ("public", bits)],
        (GameKind::ChosenPlaintext, _) => vec![("plaintext0", bits), ("plaintext1", bits), ciphertext],
        (GameKind::Selective, _) => vec![ciphertext],
    };
    inputs.into_iter().filter(|(_, size)| *size > 0).collect()
}

/// A file of the network called `name`, which is one of [`names`].
pub(crate) fn network(model: &Model, name: &str) -> Vec<u8> {
    let rules = &model.note.rules;
    let inputs = inputs(rules, name);
    let mut graph =
        Graph { model, layout: model.note.layout(), graph: GraphProto { name: name.into(), ..Default::default() } };
    let read: Vec<String> = inputs.iter().map(|(input, _)| (*input).to_owned()).collect();
    let mut x = if read.len() == 1 { read[0].clone() } else { graph.node("Concat", &read, vec![integer("axis", 1)]) };
    if rules.network == Network::CryptoNet {
        // Angles of bits: arccos(-x); see `networks/crypto_net.rs`.
        x = graph.node("Neg", &[x], vec![]);
        let (low, high) = (graph.constant(-1.0), graph.constant(1.0));
        x = graph.node("Clip", &[x, low, high], vec![]);
        x = graph.node("Acos", &[x], vec![]);
        x = graph.dense(&format!("{name}.dense"), x);
        x = graph.node("Cos", &[x], vec![]);
        x = graph.node("Neg", &[x], vec![]);
    } else if rules.network == Network::Product {
        x = graph.dense(&format!("{name}.dense"), x);
        x = graph.reshaped(x, &[0, 2, rules.bits as i64]);
        x = graph.node("ReduceProd", &[x], vec![integers("axes", &[1]), integer("keepdims", 0)]);
    } else if rules.network == Network::Dense {
        for layer in ["dense", "dense2"] {
            x = graph.dense(&format!("{name}.{layer}"), x);
            x = graph.node("Tanh", &[x], vec![]);
        }
    } else {
        x = graph.dense(&format!("{name}.dense"), x);
        let mut length = 2 * rules.bits;
        let mut activation = if rules.network == Network::Paper { "Sigmoid" } else { "" };
        let convolutions = (1..).map(|i| format!("{name}.conv{i}")).take_while(|layer| graph.has(layer));
        for layer in convolutions.collect::<Vec<_>>() {
            if !activation.is_empty() {
                x = graph.node(activation, &[x], vec![]);
            }
            (x, length) = graph.convolution(rules.network, &layer, x, length);
            activation = "Sigmoid";
        }
        x = graph.node("Tanh", &[x], vec![]);
    }
    // Values have no bound; a guess is a bit.
    if graph.has(&format!("{name}.output")) {
        x = graph.dense(&format!("{name}.output"), x);
    } else if graph.has(&format!("{name}.guess")) {
        x = graph.dense(&format!("{name}.guess"), x);
        x = graph.node("Tanh", &[x], vec![]);
    }
    if rules.channel == Channel::Bits && name == "alice" {
        let (zero, one, minus_one) = (graph.constant(0.0), graph.constant(1.0), graph.constant(-1.0));
        let positive = graph.node("GreaterOrEqual", &[x, zero], vec![]);
        x = graph.node("Where", &[positive, one, minus_one], vec![]);
    }
    let (thresholds, half) = rules.channel.thresholds();
    if name == "alice" && !thresholds.is_empty() {
        let (up, down) = (graph.constant(half), graph.constant(-half));
        let steps: Vec<String> = thresholds
            .into_iter()
            .map(|threshold| {
                let threshold = graph.constant(threshold);
                let above = graph.node("GreaterOrEqual", &[x.clone(), threshold], vec![]);
                graph.node("Where", &[above, up.clone(), down.clone()], vec![])
            })
            .collect();
        x = graph.node("Sum", &steps, vec![]);
    }
    graph.node_to("Identity", &[x], vec![], "output");
    graph.finish(&inputs)
}

struct Graph<'m> {
    model: &'m Model,
    layout: Layout,
    graph: GraphProto,
}

impl Graph<'_> {
    fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.layout.tensors().iter().find(|tensor| tensor.name == name)
    }

    fn has(&self, layer: &str) -> bool {
        self.tensor(&format!("{layer}.weight")).is_some()
    }

    /// Adds a node; the name of its output.
    fn node(&mut self, kind: &str, inputs: &[String], attributes: Vec<Attribute>) -> String {
        let output = format!("value{}", self.graph.node.len());
        self.node_to(kind, inputs, attributes, &output);
        output
    }

    fn node_to(&mut self, kind: &str, inputs: &[String], attribute: Vec<Attribute>, output: &str) {
        let (input, output) = (inputs.to_vec(), vec![output.to_owned()]);
        self.graph.node.push(NodeProto { input, output, op_type: kind.into(), attribute });
    }

    fn array(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let dims = shape.iter().map(|size| *size as i64).collect();
        self.graph.initializer.push(TensorProto { dims, data_type: 1, name: name.into(), raw_data });
        name.into()
    }

    fn constant(&mut self, value: f32) -> String {
        let name = format!("constant{}", self.graph.initializer.len());
        self.array(&name, &[], &[value])
    }

    /// Parameters as they lie, or with their axes in reverse.
    fn parameters(&mut self, name: &str, reverse: bool) -> String {
        let tensor = self.tensor(name).expect("the layer has a weight and a bias").clone();
        let values = self.model.parameters[tensor.range()].to_vec();
        if reverse {
            let turned = reversed(name, &tensor.shape, &values);
            return self.array(name, &turned.shape, &turned.values);
        }
        self.array(name, &tensor.shape, &values)
    }

    fn dense(&mut self, layer: &str, x: String) -> String {
        let (weight, bias) =
            (self.parameters(&format!("{layer}.weight"), false), self.parameters(&format!("{layer}.bias"), false));
        self.node("Gemm", &[x, weight, bias], vec![])
    }

    fn reshaped(&mut self, x: String, shape: &[i64]) -> String {
        let name = format!("shape{}", self.graph.initializer.len());
        let raw_data = shape.iter().flat_map(|size| size.to_le_bytes()).collect();
        let dims = vec![shape.len() as i64];
        self.graph.initializer.push(TensorProto { dims, data_type: 7, name: name.clone(), raw_data });
        self.node("Reshape", &[x, name], vec![])
    }

    /// A convolution with SAME padding over `length` positions: its output, and the positions of that.
    fn convolution(&mut self, network: Network, layer: &str, x: String, length: usize) -> (String, usize) {
        let weight = self.tensor(&format!("{layer}.weight")).expect("it has one").shape.clone();
        let (window, channels) = (weight[0], weight[1]);
        // The one layer of each form that halves the positions.
        let halves = if network == Network::Paper { "conv2" } else { "conv1" };
        let stride = if layer.ends_with(halves) { 2 } else { 1 };
        let positions = length.div_ceil(stride);
        let padding = ((positions - 1) * stride + window).saturating_sub(length);
        let pads = [padding / 2, padding - padding / 2].map(|pad| pad as i64);
        // Ours: positions, then channels. ONNX: channels, then positions.
        let x = self.reshaped(x, &[0, length as i64, channels as i64]);
        let x = self.node("Transpose", &[x], vec![integers("perm", &[0, 2, 1])]);
        let (weight, bias) =
            (self.parameters(&format!("{layer}.weight"), true), self.parameters(&format!("{layer}.bias"), false));
        let attributes = vec![integers("pads", &pads), integers("strides", &[stride as i64])];
        let x = self.node("Conv", &[x, weight, bias], attributes);
        let x = self.node("Transpose", &[x], vec![integers("perm", &[0, 2, 1])]);
        (self.reshaped(x, &[0, -1]), positions)
    }

    fn finish(mut self, inputs: &[(&str, usize)]) -> Vec<u8> {
        self.graph.input = inputs.iter().map(|(name, size)| rows(name, Some(*size))).collect();
        self.graph.output = vec![rows("output", None)];
        let model = ModelProto {
            ir_version: 8,
            producer_name: "evesdrop".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSet { domain: String::new(), version: 17 }],
        };
        model.encode_to_vec()
    }
}

/// Any number of rows of so many `float32`.
fn rows(name: &str, size: Option<usize>) -> ValueInfo {
    let batch = Dimension { value: None, name: Some("rows".into()) };
    let values = match size {
        Some(size) => Dimension { value: Some(size as i64), name: None },
        None => Dimension { value: None, name: Some("values".into()) },
    };
    let tensor = TensorType { element: 1, shape: Some(Shape { dim: vec![batch, values] }) };
    ValueInfo { name: name.into(), kind: Some(TypeProto { tensor: Some(tensor) }) }
}

fn integer(name: &str, value: i64) -> Attribute {
    Attribute { name: name.into(), i: Some(value), kind: 2, ..Default::default() }
}

fn integers(name: &str, values: &[i64]) -> Attribute {
    Attribute { name: name.into(), ints: values.to_vec(), kind: 7, ..Default::default() }
}
