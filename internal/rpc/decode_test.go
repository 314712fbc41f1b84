package rpc

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

const requestIDField = `"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E"`

func TestDecode(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		kind   Kind   // 0: success
		code   string // of Answered
	}{
		"success":                  {200, `{` + requestIDField + `,"RemainTimes":"hide"}`, 0, ""},
		"success-with-white-space": {200, `{` + requestIDField + "}\n", 0, ""},
		"error":                    {400, `{` + requestIDField + `,"Code":"InvalidIpAddress.NotFound"}`, Answered, "InvalidIpAddress.NotFound"},
		"error-under-200":          {200, `{` + requestIDField + `,"Code":"Throttling"}`, Answered, "Throttling"},
		"error-without-request-id": {503, `{"Code":"ServiceUnavailable"}`, Answered, "ServiceUnavailable"},
		"request-id-alone-500":     {500, `{` + requestIDField + `}`, NotAPI, ""},
		"request-id-alone-201":     {201, `{` + requestIDField + `}`, NotAPI, ""},
		"redirect-like-a-success":  {302, `{` + requestIDField + `}`, NotAPI, ""},
		"redirect-like-an-error":   {307, `{` + requestIDField + `,"Code":"InvalidIpAddress.NotFound"}`, NotAPI, ""},
		"not-modified":             {304, ``, NotAPI, ""},
		"empty":                    {200, ``, NotAPI, ""},
		"no-content":               {204, ``, NotAPI, ""},
		"empty-object":             {200, `{}`, NotAPI, ""},
		"null":                     {200, `null`, NotAPI, ""},
		"array":                    {200, `[{` + requestIDField + `}]`, NotAPI, ""},
		"string":                   {200, `"` + requestIDField + `"`, NotAPI, ""},
		"half":                     {200, `{` + requestIDField, NotAPI, ""},
		"trailing-garbage":         {200, `{` + requestIDField + `} <html>`, NotAPI, ""},
		"html":                     {502, `<html></html>`, NotAPI, ""},
		"gzip":                     {200, "\x1f\x8b\x08", NotAPI, ""},
		"code-not-a-string":        {400, `{` + requestIDField + `,"Code":400}`, NotAPI, ""},
		"request-id-not-a-string":  {200, `{"RequestId":5}`, NotAPI, ""},
		"request-id-empty":         {200, `{"RequestId":""}`, NotAPI, ""},
		"request-id-too-long":      {200, `{"RequestId":"` + strings.Repeat("a", 65) + `"}`, NotAPI, ""},
		"request-id-like-a-token":  {200, `{"RequestId":"CAIS/token+with=signs"}`, NotAPI, ""},
		"request-id-of-another":    {200, `{"requestId":"473469C7"}`, NotAPI, ""},
		"request-id-in-capitals":   {200, `{"REQUESTID":"473469C7"}`, NotAPI, ""},
		"code-of-another-200":      {200, `{` + requestIDField + `,"code":"Throttling"}`, NotAPI, ""},
		"code-of-another":          {400, `{` + requestIDField + `,"code":"Throttling"}`, NotAPI, ""},
		"success-false":            {200, `{` + requestIDField + `,"Success":false}`, NotAPI, ""},
		"success-false-in-words":   {200, `{` + requestIDField + `,"success":"false"}`, NotAPI, ""},
		"success-true":             {200, `{` + requestIDField + `,"Success":true}`, 0, ""},
		"byte-order-mark":          {200, "\ufeff{" + requestIDField + `}`, NotAPI, ""},
	} {
		t.Run(name, func(t *testing.T) {
			id, failed := decode(answer{tc.status, []byte(tc.body)}, &struct{}{})
			switch {
			case tc.kind == 0 && (failed != nil || id != "473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E"):
				t.Errorf("got %v and %q, want a success", failed, id)
			case tc.kind != 0 && failed == nil:
				t.Errorf("got a success, want kind %d", tc.kind)
			case tc.kind != 0 && (failed.Kind != tc.kind || failed.Code != tc.code || failed.HTTPStatus != tc.status):
				t.Errorf("got %+v, want kind %d, code %q, status %d", failed, tc.kind, tc.code, tc.status)
			}
		})
	}
}

func TestDecode_access_denied(t *testing.T) {
	_, failed := decode(answer{403, []byte(`{` + requestIDField + `,"Code":"Forbidden.RAM","Message":"User not authorized.",
		"AccessDeniedDetail":{"AuthAction":"ecs:ReleasePublicIpAddress","AuthPrincipalDisplayName":"alice\u0007","NoPermissionType":"ImplicitDeny"}}`)}, nil)
	if failed != nil {
		failed.hide(nil)
	}
	if failed == nil || failed.Denied == nil || failed.Denied.Action != "ecs:ReleasePublicIpAddress" || failed.Denied.Principal != "alice" {
		t.Errorf("got %+v", failed)
	}
}

// FuzzDecode checks that no answer panics, that none but a plain one is a
// success, and that texts are fit to be shown.
func FuzzDecode(f *testing.F) {
	f.Add(200, []byte(`{`+requestIDField+`}`))
	f.Add(400, []byte(`{`+requestIDField+`,"Code":"InvalidIpAddress.NotFound","Message":"server string to sign is:POST"}`))
	f.Add(403, []byte(`{"Code":"Forbidden.RAM","AccessDeniedDetail":{"AuthAction":null}}`))
	f.Add(200, []byte(`null`))
	f.Add(302, []byte(`[`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		id, failed := decode(answer{status, body}, &struct{}{})
		if failed == nil {
			var fields map[string]any
			err := json.Unmarshal(body, &fields)
			code, coded := fields["Code"]
			if err != nil || status != 200 || id == "" || fields["RequestId"] != id || coded && code != "" && code != nil {
				t.Errorf("a success of status %d, request ID %q and code %v: %v", status, id, code, err)
			}
			return
		}
		failed.hide([]string{"secret"})
		texts := []string{failed.Code, failed.Message, failed.RequestID, failed.Error()}
		if d := failed.Denied; d != nil {
			texts = append(texts, d.Action, d.Principal, d.NoPermissionType)
		}
		for _, text := range texts {
			if !utf8.ValidString(text) || strings.ContainsAny(text, "\n\x1b") || strings.Contains(text, "secret") {
				t.Errorf("a text not fit to be shown: %q", text)
			}
		}
	})
}
