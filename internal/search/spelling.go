package search

import "strings"

// spelling brings the American spelling of a word, in lower case, to the British one: by rules where they hold for whole
// families of words, and by a list. Both sides of a search go through it, so a word that it makes up does no harm.
func spelling(w string) string {
	if british, ok := spellings[w]; ok {
		return british
	}
	if len(w) < 5 {
		return w
	}
	for _, b := range beginnings[w[:3]] {
		if strings.HasPrefix(w, b[0]) {
			w = b[1] + w[len(b[0]):]
			break
		}
	}
	if i := strings.LastIndex(w, "iz"); i >= 3 && izeEndings[w[i+2:]] {
		return w[:i] + "is" + w[i+2:]
	}
	if i := strings.LastIndex(w, "yz"); i >= 3 && izeEndings[w[i+2:]] {
		return w[:i] + "ys" + w[i+2:]
	}
	if i := strings.Index(w, "or"); i >= 3 && ourStems[w[:i]] && ourEndings[w[i+2:]] {
		return w[:i] + "our" + w[i+2:]
	}
	return w
}

// set is the words of a line.
func set(line string) map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(line) {
		words[w] = true
	}
	return words
}

var (
	izeEndings = set("e es ed er ers ing ation ations ational able")
	ourStems   = set("arb ard behavi misbehavi cand clam col discol endeav fav disfav ferv flav glam harb hon dishon hum lab neighb od parl ranc rig rum savi splend tum val vap vig")
	ourEndings = func() map[string]bool {
		endings := set("s ed ing ite ites able ably al ally er ers ful less hood hoods ly")
		endings[""] = true
		return endings
	}()
	// prefixes are what some write apart that others join: "co production".
	prefixes = set("co non multi inter pre anti")
)

// pairs are words that some write as one, of which neither is a prefix.
var pairs = map[[2]string]bool{
	{"well", "being"}: true, {"child", "care"}: true, {"day", "care"}: true, {"health", "care"}: true, {"care", "giver"}: true,
	{"care", "givers"}: true, {"care", "giving"}: true, {"drop", "in"}: true, {"check", "list"}: true, {"wheel", "chair"}: true,
	{"step", "child"}: true, {"on", "line"}: true, {"web", "site"}: true, {"e", "mail"}: true, {"work", "place"}: true,
	{"work", "force"}: true, {"week", "end"}: true, {"week", "ends"}: true, {"help", "line"}: true, {"grand", "parent"}: true,
	{"grand", "parents"}: true, {"in", "patient"}: true, {"out", "patient"}: true, {"in", "patients"}: true, {"out", "patients"}: true,
}

// beginnings are American and British beginnings of words, by their first three letters.
var beginnings = func() map[string][][2]string {
	by := map[string][][2]string{}
	for line := range strings.FieldsSeq(`
		anem:anaem anesth:anaesth celiac:coeliac cesar:caesar diarrhea:diarrhoea dyspn:dyspn edema:oedema encycloped:encyclopaed
		esophag:oesophag estrogen:oestrogen fecal:faecal feces:faeces fetal:foetal fetus:foetus fulfill:fulfil
		gynec:gynaec hemat:haemat hemo:haemo hemor:haemor ischem:ischaem leukem:leukaem maneuver:manoeuvre orthoped:orthopaed
		pediatr:paediatr pedophil:paedophil hypoglycem:hypoglycaem septicem:septicaem toxem:toxaem skillful:skilful
		center:centre theater:theatre fiber:fibre caliber:calibre somber:sombre luster:lustre saber:sabre meager:meagre
		kilometer:kilometre centimeter:centimetre millimeter:millimetre
		catalog:catalogue dialog:dialogue analog:analogue aluminum:aluminium judgment:judgement acknowledgment:acknowledgement
		jewelry:jewellery mold:mould smolder:smoulder plow:plough skeptic:sceptic pajama:pyjama`) {
		american, british, _ := strings.Cut(line, ":")
		if american != british {
			by[american[:3]] = append(by[american[:3]], [2]string{american, british})
		}
	}
	return by
}()

// spellings are American words and their British spelling, and words that are spelt in two ways here too.
var spellings = map[string]string{
	"program": "programme", "programs": "programmes", "programed": "programmed",
	"center": "centre", "centers": "centres", "centered": "centred", "centering": "centring",
	"liter": "litre", "liters": "litres",
	"defense": "defence", "defenses": "defences", "offense": "offence", "offenses": "offences", "pretense": "pretence",
	"license": "licence", "licenses": "licences", "licensed": "licenced", "licensing": "licencing",
	"practise": "practice", "practises": "practices", "practised": "practiced", "practising": "practicing",
	"catalogue": "catalogue", "catalogues": "catalogues", "dialogue": "dialogue", "dialogues": "dialogues",
	"analogue": "analogue", "analogues": "analogues",
	"gray": "grey", "aging": "ageing", "mom": "mum", "moms": "mums", "mommy": "mummy",
	"fulfil": "fulfil", "fulfils": "fulfils", "fulfilled": "fulfilled", "fulfilling": "fulfilling",
	"learnt": "learned", "burnt": "burned", "dreamt": "dreamed", "spelt": "spelled", "whilst": "while", "amongst": "among",
	"enquiry": "inquiry", "enquiries": "inquiries", "enquire": "inquire", "advisor": "adviser", "advisors": "advisers",
}

// stems are the stems of words that the rules for English get wrong: forms of one word that they part, and words that
// they throw together with others.
var stems = func() map[string]string {
	by := map[string]string{}
	for line := range strings.Lines(stemLines) {
		stem, forms, _ := strings.Cut(line, ":")
		for w := range strings.FieldsSeq(forms) {
			by[w] = strings.TrimSpace(stem)
		}
	}
	return by
}()

const stemLines = `coproduc: coproduce coproduces coproduced coproducing coproduction coproductions coproducer coproducers
	child: children childrens
	woman: women womens
	man: men mens
	wife: wives
	foot: feet
	tooth: teeth
	die: die dies died dying
	pay: pays paid paying
	age: age ages aged ageing
	advoc: advocacy
	analys: analysis
	crisi: crisis crises
	diagnos: diagnosis diagnoses
	business: business businesses
	careful: careful carefully
	careless: careless carelessly
	hospitality: hospitality
	communic: communicate communicates communicated communicating communication communications communicator
	universiti: university universities
	relativ: relative relatives
	experienc: experience experiences experienced experiencing
	importan: important importance importantly
	informal: informal informally
	general: general generally
	several: several
	evening: evening evenings
	news: news
	internation: international internationally
	authoriti: authority authorities
	department: department departments departmental
`
