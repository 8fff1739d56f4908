//! Writes MATLAB files of version 5, of either byte order, compressed or not. Source: MathWorks, MAT-File Format.

/// A value of MATLAB.
#[derive(Clone, Debug)]
pub enum Mat {
    /// Axes and numbers of the class double, stored as such.
    Doubles(Vec<u32>, Vec<f64>),
    /// The same, stored as integers of two bytes, as MATLAB does where it can.
    Narrowed(Vec<u32>, Vec<i16>),
    /// Of the class single.
    Singles(Vec<u32>, Vec<f32>),
    /// A row of characters.
    Text(String),
    /// A row of cells.
    Cells(Vec<Mat>),
    /// A row of structs: of every field a name and a value for each of them.
    Structs(Vec<(String, Vec<Mat>)>),
    /// A function handle, or so.
    Opaque,
    /// An object of this class, such as a table.
    Object(String),
    /// What stands there as it is: the bytes of a matrix.
    Raw(Vec<u8>),
}

impl Mat {
    /// A number.
    pub fn number(x: f64) -> Mat {
        Mat::Doubles(vec![1, 1], vec![x])
    }

    /// A row of numbers.
    pub fn row(x: &[f64]) -> Mat {
        Mat::Doubles(vec![1, x.len() as u32], x.to_vec())
    }

    /// Characters.
    pub fn text(text: &str) -> Mat {
        Mat::Text(text.into())
    }

    /// One struct.
    pub fn fields(fields: &[(&str, Mat)]) -> Mat {
        let field = |(name, value): &(&str, Mat)| ((*name).to_owned(), vec![value.clone()]);
        Mat::Structs(fields.iter().map(field).collect())
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// As `save -v7` does.
    pub compressed: bool,
    /// With the most significant byte first.
    pub big_endian: bool,
}

impl How {
    /// The bytes of a file.
    pub fn file(self, variables: &[(&str, Mat)]) -> Vec<u8> {
        let mut file = vec![b' '; 124];
        file[..19].copy_from_slice(b"MATLAB 5.0 MAT-file");
        file.extend(self.u16(0x0100));
        file.extend(self.u16(0x4d49));
        for (name, value) in variables {
            let matrix = self.element(14, &self.matrix(name, value));
            if self.compressed {
                let packed = miniz_oxide::deflate::compress_to_vec_zlib(&matrix, 6);
                file.extend(self.u32(15));
                file.extend(self.u32(packed.len() as u32));
                file.extend(packed);
            } else {
                file.extend(matrix);
            }
        }
        file
    }

    fn matrix(self, name: &str, value: &Mat) -> Vec<u8> {
        let numbers = |class, shape: &[u32], kind, bytes: Vec<u8>| {
            [self.header(class, shape, name), self.element(kind, &bytes)].concat()
        };
        match value {
            Mat::Doubles(shape, x) => {
                let bytes = x.iter().flat_map(|x| self.order(x.to_le_bytes()));
                numbers(6, shape, 9, bytes.collect())
            }
            Mat::Narrowed(shape, x) => {
                let bytes = x.iter().flat_map(|x| self.order(x.to_le_bytes()));
                numbers(6, shape, 3, bytes.collect())
            }
            Mat::Singles(shape, x) => {
                let bytes = x.iter().flat_map(|x| self.order(x.to_le_bytes()));
                numbers(7, shape, 7, bytes.collect())
            }
            Mat::Text(text) => {
                let units: Vec<u16> = text.encode_utf16().collect();
                let bytes = units.iter().flat_map(|x| self.order(x.to_le_bytes()));
                numbers(4, &[1, units.len() as u32], 4, bytes.collect())
            }
            Mat::Cells(cells) => {
                let mut bytes = self.header(1, &[1, cells.len() as u32], name);
                for cell in cells {
                    bytes.extend(self.element(14, &self.matrix("", cell)));
                }
                bytes
            }
            Mat::Structs(fields) => {
                let n = fields.first().map_or(0, |(_, values)| values.len());
                let mut bytes = self.header(2, &[1, n as u32], name);
                bytes.extend(self.element(5, &self.u32(32)));
                let mut names = Vec::new();
                for (field, _) in fields {
                    names.extend(field.bytes().take(31));
                    names.resize(names.len().next_multiple_of(32), 0);
                }
                bytes.extend(self.element(1, &names));
                for k in 0..n {
                    for (_, values) in fields {
                        bytes.extend(self.element(14, &self.matrix("", &values[k])));
                    }
                }
                bytes
            }
            Mat::Opaque => {
                let flags = [self.u32(17), self.u32(0)].concat();
                [self.element(6, &flags), self.element(1, b"s0")].concat()
            }
            Mat::Object(class) => {
                let flags = [self.u32(17), self.u32(0)].concat();
                [
                    self.element(6, &flags),
                    self.element(1, name.as_bytes()),
                    self.element(1, b"MCOS"),
                    self.element(1, class.as_bytes()),
                    self.element(
                        14,
                        &self.matrix("", &Mat::row(&[3_707_764_736.0, 2.0, 1.0])),
                    ),
                ]
                .concat()
            }
            Mat::Raw(bytes) => bytes.clone(),
        }
    }

    fn header(self, class: u32, shape: &[u32], name: &str) -> Vec<u8> {
        let flags = [self.u32(class), self.u32(0)].concat();
        let shape: Vec<u8> = shape.iter().flat_map(|&n| self.u32(n)).collect();
        [
            self.element(6, &flags),
            self.element(5, &shape),
            self.element(1, name.as_bytes()),
        ]
        .concat()
    }

    /// An element, in its short form where it fits.
    fn element(self, kind: u32, bytes: &[u8]) -> Vec<u8> {
        let n = bytes.len() as u32;
        let (mut element, width) = match n {
            1..=4 if kind != 14 => (self.u32(n << 16 | kind), 8),
            _ => (
                [self.u32(kind), self.u32(n)].concat(),
                8 + bytes.len().next_multiple_of(8),
            ),
        };
        element.extend(bytes);
        element.resize(width, 0);
        element
    }

    fn u16(self, x: u16) -> Vec<u8> {
        self.order(x.to_le_bytes())
    }

    fn u32(self, x: u32) -> Vec<u8> {
        self.order(x.to_le_bytes())
    }

    fn order<const N: usize>(self, mut bytes: [u8; N]) -> Vec<u8> {
        if self.big_endian {
            bytes.reverse();
        }
        bytes.to_vec()
    }
}
