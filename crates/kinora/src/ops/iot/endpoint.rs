//! DescribeEndpoint: where devices get their credentials.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEndpoint.html>

use aws::op::Op;
use aws::shapes::iot as wire;

use crate::ops::iot::{ask, invalid};
use crate::ops::{ApiError, Caller, Cx};

/// Tells the address of the credentials endpoint. There are no others: Kinora carries no
/// MQTT.
///
/// # Errors
///
/// `InvalidRequestException` for another type, or if there is no such endpoint here.
pub async fn describe_endpoint(
    cx: &Cx,
    caller: &Caller,
    input: wire::DescribeEndpointInput,
) -> Result<wire::DescribeEndpointOutput, ApiError> {
    ask(cx, caller, Op::IotDescribeEndpoint, "*")?;
    let kind = input.endpoint_type.as_deref().unwrap_or("iot:Data");
    if kind != "iot:CredentialProvider" {
        return Err(invalid(format!(
            "{kind} is not served: only iot:CredentialProvider is"
        )));
    }
    let server = &cx.server;
    let configured = server.config.iot.endpoint.clone();
    let address = configured.or_else(|| server.device_address.clone());
    let address = address.ok_or_else(|| {
        invalid("The credentials endpoint is off: set [iot] listen in the configuration")
    })?;
    Ok(wire::DescribeEndpointOutput {
        endpoint_address: Some(address),
    })
}
