//! Address arithmetic for IPv4 and IPv6.

use super::{Answer, BOOL, Function, FunctionError, Param, STRING, STRINGS, function, number, string, text, variadic, whole};
use crate::lang::CallEnv;
use crate::value::{Type, Value};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const PREFIX: Param = Param::new("prefix", string);

pub(super) static ALL: &[Function] = &[
    function(
        "cidrcontains",
        &[Param::new("containing_prefix", string), Param::new("contained_ip_or_prefix", string)],
        BOOL,
        contains,
        "Whether an address or all of a prefix lies within a prefix.",
        &[
            ("cidrcontains(\"192.168.2.0/20\", \"192.168.2.1\")", "true"),
            ("cidrcontains(\"192.168.2.0/20\", \"192.168.2.0/22\")", "true"),
            ("cidrcontains(\"192.168.2.0/20\", \"192.126.2.1\")", "false"),
            ("cidrcontains(\"192.168.2.0/20\", \"192.126.2.0/18\")", "false"),
            ("cidrcontains(\"fe80::/48\", \"fe80::1\")", "true"),
            ("cidrcontains(\"fe80::/48\", \"fe81::1\")", "false"),
        ],
    ),
    function(
        "cidrhost",
        &[PREFIX, Param::new("hostnum", number)],
        STRING,
        host,
        "The address of a host within a prefix; negative numbers count from the end.",
        &[
            ("cidrhost(\"10.12.112.0/20\", 16)", "\"10.12.112.16\""),
            ("cidrhost(\"10.12.112.0/20\", 268)", "\"10.12.113.12\""),
            ("cidrhost(\"10.12.112.0/20\", -1)", "\"10.12.127.255\""),
            ("cidrhost(\"fd00:fd12:3456:7890:00a2::/72\", 34)", "\"fd00:fd12:3456:7890::22\""),
        ],
    ),
    function(
        "cidrnetmask",
        &[PREFIX],
        STRING,
        netmask,
        "The netmask of an IPv4 prefix.",
        &[("cidrnetmask(\"172.16.0.0/12\")", "\"255.240.0.0\"")],
    ),
    function(
        "cidrsubnet",
        &[PREFIX, Param::new("newbits", number), Param::new("netnum", number)],
        STRING,
        subnet,
        "A numbered subnet of a prefix.",
        &[
            ("cidrsubnet(\"172.16.0.0/12\", 4, 2)", "\"172.18.0.0/16\""),
            ("cidrsubnet(\"10.1.2.0/24\", 4, 15)", "\"10.1.2.240/28\""),
            ("cidrsubnet(\"fd00:fd12:3456:7890::/56\", 16, 162)", "\"fd00:fd12:3456:7800:a200::/72\""),
            ("cidrsubnet(\"010.001.0.0/16\", 8, 1)", "\"10.1.1.0/24\""),
        ],
    ),
    variadic(
        function(
            "cidrsubnets",
            &[PREFIX],
            STRINGS,
            subnets,
            "Consecutive subnets of a prefix, each longer by its own number of bits.",
            &[
                ("cidrsubnets(\"10.1.0.0/16\", 4, 4, 8, 4)", "[\"10.1.0.0/20\", \"10.1.16.0/20\", \"10.1.32.0/24\", \"10.1.48.0/20\"]"),
                (
                    "cidrsubnets(\"fd00:fd12:3456:7890::/56\", 16, 16, 16, 32)",
                    "[\"fd00:fd12:3456:7800::/72\", \"fd00:fd12:3456:7800:100::/72\", \"fd00:fd12:3456:7800:200::/72\", \"fd00:fd12:3456:7800:300::/88\"]",
                ),
            ],
        ),
        Param::new("newbits", number),
    ),
];

/// A network: the address with host bits zero, how many bits an address has, how many are fixed.
#[derive(Clone, Copy)]
struct Net {
    base: u128,
    bits: u32,
    length: u32,
}

impl Net {
    /// Addresses in it, minus one: all host bits set.
    fn host_mask(self) -> u128 {
        ones(self.bits - self.length)
    }

    fn last(self) -> u128 {
        self.base | self.host_mask()
    }
}

/// A number of low bits set.
fn ones(count: u32) -> u128 {
    u128::MAX.checked_shr(128 - count).unwrap_or(0)
}

fn show(address: u128, bits: u32) -> String {
    match u32::try_from(address) {
        Ok(v4) if bits == 32 => Ipv4Addr::from(v4).to_string(),
        _ => Ipv6Addr::from(address).to_string(),
    }
}

impl std::fmt::Display for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", show(self.base, self.bits), self.length)
    }
}

fn address(text: &str) -> Option<(u128, u32)> {
    // Octets with leading zeros are decimal, as they have always been here.
    let plain = if text.contains(':') {
        text.to_string()
    } else {
        let trim = |octet: &str| {
            if octet.bytes().all(|b| b == b'0') && !octet.is_empty() { "0".into() } else { octet.trim_start_matches('0').to_string() }
        };
        text.split('.').map(trim).collect::<Vec<_>>().join(".")
    };
    match plain.parse().ok()? {
        IpAddr::V4(v4) => Some((u128::from(u32::from(v4)), 32)),
        IpAddr::V6(v6) => Some((u128::from(v6), 128)),
    }
}

fn parse(text: &str) -> Option<Net> {
    let (ip, length) = text.split_once('/')?;
    let (base, bits) = address(ip)?;
    let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    let length: u32 = length.parse().ok().filter(|l| digits && *l <= bits)?;
    Some(Net { base: base & !ones(bits - length), bits, length })
}

fn net(args: &[Value], i: usize) -> Result<Net, FunctionError> {
    parse(text(args, i))
        .ok_or_else(|| FunctionError::arg(i, format!("{:?} is not a prefix in CIDR notation, like 10.0.0.0/16 or fd00::/8", text(args, i))))
}

fn big(args: &[Value], i: usize) -> Result<i128, FunctionError> {
    let number = args.get(i).and_then(Value::as_number).and_then(crate::value::Number::to_bigint);
    number.and_then(|n| i128::try_from(n).ok()).ok_or_else(|| FunctionError::arg(i, "a whole number is required"))
}

fn contains(_: &CallEnv, args: &[Value]) -> Answer {
    let outer = net(args, 0)?;
    let inner = match address(text(args, 1)) {
        Some((ip, bits)) => Net { base: ip, bits, length: bits },
        None => {
            parse(text(args, 1)).ok_or_else(|| FunctionError::arg(1, format!("{:?} is neither an address nor a prefix", text(args, 1))))?
        }
    };
    if outer.bits != inner.bits {
        return Err(FunctionError::arg(1, "both must be IPv4, or both IPv6"));
    }
    Ok(Value::bool(inner.base >= outer.base && inner.last() <= outer.last()))
}

fn host(_: &CallEnv, args: &[Value]) -> Answer {
    let (net, number) = (net(args, 0)?, big(args, 1)?);
    let offset = number.unsigned_abs();
    let offset = if number < 0 { offset - 1 } else { offset };
    if offset > net.host_mask() {
        return Err(FunctionError::arg(1, format!("a prefix of length {} does not accommodate a host numbered {number}", net.length)));
    }
    let address = if number < 0 { net.last() - offset } else { net.base + offset };
    Ok(Value::string(show(address, net.bits)))
}

fn netmask(_: &CallEnv, args: &[Value]) -> Answer {
    let net = net(args, 0)?;
    if net.bits != 32 {
        return Err(FunctionError::arg(0, "IPv6 has no netmasks; this function takes IPv4 prefixes only"));
    }
    Ok(Value::string(show(ones(32) & !net.host_mask(), 32)))
}

/// The length of a prefix longer by `newbits`.
fn longer(net: Net, newbits: i64, arg: usize) -> Result<u32, FunctionError> {
    let length = u32::try_from(newbits).ok().and_then(|n| net.length.checked_add(n)).filter(|l| *l <= net.bits);
    length.ok_or_else(|| {
        FunctionError::arg(arg, format!("there is not enough address space to extend a prefix of length {} by {newbits} bits", net.length))
    })
}

fn subnet(_: &CallEnv, args: &[Value]) -> Answer {
    let (net, newbits, number) = (net(args, 0)?, whole(args, 1)?, big(args, 2)?);
    let length = longer(net, newbits, 1)?;
    let fits = u128::try_from(number).ok().filter(|n| *n <= ones(length - net.length));
    let Some(number) = fits else {
        return Err(FunctionError::arg(2, format!("an extension by {newbits} bits does not accommodate a subnet numbered {number}")));
    };
    let base = net.base | number.checked_shl(net.bits - length).unwrap_or(0);
    Ok(Value::string(Net { base, length, ..net }.to_string()))
}

fn subnets(_: &CallEnv, args: &[Value]) -> Answer {
    let whole_net = net(args, 0)?;
    let mut found = Vec::new();
    // The first address that is still free; none once the space is used up.
    let mut free = Some(whole_net.base);
    for i in 1..args.len() {
        let newbits = whole(args, i)?;
        if newbits < 1 {
            return Err(FunctionError::arg(i, "the prefix must be extended by at least one bit"));
        }
        if newbits > 32 {
            return Err(FunctionError::arg(i, "the prefix can be extended by 32 bits at most"));
        }
        let length = longer(whole_net, newbits, i)?;
        let size = ones(whole_net.bits - length);
        let aligned = free.and_then(|f| f.checked_add(size)).map(|f| f & !size);
        let base = aligned.filter(|b| b | size <= whole_net.last());
        let Some(base) = base else {
            return Err(FunctionError::arg(
                i,
                format!("there is not enough address space left for a subnet with a prefix of {length} bits"),
            ));
        };
        found.push(Value::string(Net { base, length, ..whole_net }.to_string()));
        free = (base | size).checked_add(1);
    }
    Ok(Value::list(Type::String, found))
}

#[cfg(test)]
mod tests {
    use crate::lang::FunctionTable;
    use crate::lang::functions::tests::env;
    use crate::value::Value;

    fn fails(name: &str, args: &[Value]) -> String {
        FunctionTable::standard().get(name).unwrap().call(&env(), args).unwrap_err().message
    }

    #[test]
    fn limits_are_errors() {
        let s = Value::string;
        assert!(fails("cidrhost", &[s("10.0.0.0/24"), Value::int(256)]).contains("does not accommodate"));
        assert!(fails("cidrsubnet", &[s("10.0.0.0/24"), Value::int(9), Value::int(0)]).contains("not enough"));
        assert!(fails("cidrsubnet", &[s("10.0.0.0/24"), Value::int(2), Value::int(4)]).contains("numbered 4"));
        assert!(fails("cidrsubnet", &[s("10.0.0.0"), Value::int(2), Value::int(4)]).contains("CIDR notation"));
        assert!(fails("cidrsubnets", &[s("10.0.0.0/24"), Value::int(1), Value::int(1), Value::int(1)]).contains("left"));
        assert!(fails("cidrnetmask", &[s("fd00::/8")]).contains("IPv6"));
        assert!(fails("cidrcontains", &[s("10.0.0.0/8"), s("fd00::1")]).contains("both IPv6"));
    }
}
