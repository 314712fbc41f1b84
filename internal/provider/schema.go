package provider

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials"
)

// providerModel is a block that is known as a whole.
type providerModel struct {
	credentials.Block
	officialModel
	Region               types.String   `tfsdk:"region"`
	Protocol             *string        `tfsdk:"protocol"`
	ClientReadTimeout    *int64         `tfsdk:"client_read_timeout"`
	ClientConnectTimeout *int64         `tfsdk:"client_connect_timeout"`
	MaxRetryTimeout      *int64         `tfsdk:"max_retry_timeout"`
	SourceIP             *string        `tfsdk:"source_ip"`
	SecureTransport      *string        `tfsdk:"secure_transport"`
	SecurityTransport    *string        `tfsdk:"security_transport"`
	ConfigurationSource  *string        `tfsdk:"configuration_source"`
	Endpoints            []types.Object `tfsdk:"endpoints"`
}

// Schema implements provider.Provider. Package credentials reads the variables
// of the arguments that are in credentials.Block.
func (p *alicloudProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	region := text("The default region of releases, for example `cn-hangzhou`. Defaults to the region of the named profile.",
		regionVariables...)
	region.Validators = []validator.String{stringvalidator.RegexMatches(regionID, "must be a region ID of lower-case letters, "+
		"digits and hyphens, for example cn-hangzhou; leave the argument out to use the default")}
	protocol := text("`HTTP` or `HTTPS`. Defaults to `HTTPS`.")
	protocol.Validators = []validator.String{stringvalidator.OneOfCaseInsensitive("HTTP", "HTTPS")}
	policy := text("A RAM policy that narrows what the session may do.")
	const expiration = "How long the session lasts, in seconds, from `900` to `43200`. Defaults to `3600`, as does `0`."

	attributes := unused("account_id", "account_type", "fc", "log_endpoint", "mns_endpoint", "ots_instance_name")
	maps.Copy(attributes, map[string]schema.Attribute{
		"region":   region,
		"protocol": protocol,
		"client_read_timeout": number(1, math.MaxInt32, "How long to wait for an answer to begin, in milliseconds. Defaults to `60000`.",
			readTimeoutVariables...),
		"client_connect_timeout": number(1, math.MaxInt32, "How long to wait for a connection, in milliseconds. Defaults to `60000`. "+
			"A request ends at the latest when both timeouts are over.", connectTimeoutVariables...),
		"max_retry_timeout": number(1, math.MaxInt32, "How long a release is tried again, in seconds, if that is shorter than its own timeout. "+
			"Defaults to `0`, which leaves it to that timeout.", retryTimeoutVariables...),
		"source_ip": text("Sent to ECS and STS as the request parameter `SourceIp`, for RAM policies with that condition.", sourceIPVariables...),
		"secure_transport": text("`true` or `false`, sent to ECS and STS as the request parameter `SecureTransport`, "+
			"for RAM policies with that condition.", secureTransportVariables...),
		"security_transport":     text("An older name of `secure_transport`, which takes precedence.", securityTransportVariables...),
		"configuration_source":   text("Added to the user agent of requests, as is the environment variable `TF_APPEND_USER_AGENT`."),
		"skip_region_validation": unusedBool,

		"access_key": text("The access key ID.", "ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"),
		"secret_key": secret("The access key secret. It must come from the same place as `access_key`.",
			"ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"),
		"security_token": secret("The STS token of a temporary access key.",
			"ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABACLOUD_SECURITY_TOKEN"),
		"ecs_role_name": text("The RAM role of the ECS instance that Terraform runs on.",
			"ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA"),
		"credentials_uri": text("The URL of a service that hands out temporary keys.",
			"ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI"),
		"profile": text("A profile of the aliyun CLI. Without it no profile is used, not even the current one of the CLI.",
			"ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"),
		"shared_credentials_file": text("The file with the profiles. Defaults to `~/.aliyun/config.json`.",
			"ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"),
	})

	endpoints := unused(otherEndpoints...)
	endpoints["ecs"] = text("A host, a host and port, or a URL, whose scheme then takes precedence over `protocol`.", endpointVariables...)
	endpoints["sts"] = text("A host, or a host and port. STS is called by HTTPS. Defaults to the region's.")
	blocks := map[string]schema.Block{
		// The official provider's is a set, as is its assume_role. A list is written
		// the same, and errors find its arguments; for a set this large the framework
		// takes most of a second for each command.
		"endpoints": newLargeBlock("Other endpoints than the public ones. Several blocks must not give one service two values.", endpoints),
		"assume_role": schema.ListNestedBlock{
			MarkdownDescription: "A RAM role to assume with the credentials configured elsewhere.",
			Validators:          []validator.List{listvalidator.SizeAtMost(1)},
			NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
				"role_arn": text("The ARN of the role; `\"\"` means none except that of the profile. The variables count only with the block.",
					"ALICLOUD_ASSUME_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN"),
				"session_name": text("The name of the session. Defaults to `terraform`.",
					"ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"),
				"policy":             policy,
				"session_expiration": number(900, 43200, expiration, "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"),
				"external_id":        text("The external ID that a role of another account may ask for."),
			}},
		},
		"assume_role_with_oidc": schema.ListNestedBlock{
			MarkdownDescription: "A RAM role to assume with the token of an identity provider.",
			Validators:          []validator.List{listvalidator.SizeAtMost(1)},
			NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
				"oidc_provider_arn": text("The ARN of the OIDC provider in RAM.", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
				"oidc_token": secret("The token. Where there is neither token nor file, HCP Terraform's is taken, from `TFC_WORKLOAD_IDENTITY_TOKEN`.",
					"ALIBABA_CLOUD_OIDC_TOKEN"),
				"oidc_token_file": text("A file with the token, read again for each session. `oidc_token` takes precedence.",
					"ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
				"role_arn":           text("The ARN of the role.", "ALIBABA_CLOUD_ROLE_ARN"),
				"role_session_name":  text("The name of the session. Defaults to `terraform`.", "ALIBABA_CLOUD_ROLE_SESSION_NAME"),
				"policy":             policy,
				"session_expiration": number(900, 43200, expiration),
			}},
		},
		"sign_version": schema.SetNestedBlock{MarkdownDescription: notUsed, NestedObject: schema.NestedBlockObject{
			Attributes: unused("oss", "sls"),
		}},
		"features": schema.ListNestedBlock{MarkdownDescription: notUsed, NestedObject: schema.NestedBlockObject{Blocks: map[string]schema.Block{
			"ecs_instance": schema.ListNestedBlock{MarkdownDescription: notUsed, NestedObject: schema.NestedBlockObject{
				Attributes: map[string]schema.Attribute{"replace_on_image_update": unusedBool},
			}},
		}}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Releases public IP addresses of Alibaba Cloud ECS instances.",
		Attributes:          attributes,
		Blocks:              blocks,
	}
}

// text is an optional string, for which the variables stand in.
func text(description string, variables ...string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: withVariables(description, variables)}
}

// secret is a text that Terraform does not show.
func secret(description string, variables ...string) schema.StringAttribute {
	attribute := text(description, variables...)
	attribute.Sensitive = true
	return attribute
}

// number is an optional wholeNumber, for which the variables stand in.
func number(least, most int64, description string, variables ...string) schema.NumberAttribute {
	return schema.NumberAttribute{
		Optional: true, MarkdownDescription: withVariables(description, variables), Validators: []validator.Number{wholeNumber{least, most}},
	}
}

func withVariables(description string, variables []string) string {
	if len(variables) == 0 {
		return description
	}
	return description + " Environment: `" + strings.Join(variables, "`, `") + "`."
}

// wholeNumber accepts whole numbers in a range, and those of 0 and less, which
// mean the default. An Int64Attribute would call a fraction a defect of the
// provider.
type wholeNumber struct{ least, most int64 }

func (v wholeNumber) Description(context.Context) string {
	return fmt.Sprintf("must be a whole number from %d to %d, or 0 for the default", v.least, v.most)
}

func (v wholeNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v wholeNumber) ValidateNumber(ctx context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	n, accuracy := req.ConfigValue.ValueBigFloat().Int64()
	if accuracy != big.Exact || n > 0 && (n < v.least || n > v.most) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Number",
			fmt.Sprintf("%s %s. It is %s.", req.Path, v.Description(ctx), req.ConfigValue.ValueBigFloat().Text('f', -1)))
	}
}
