// Everyday Turkish nouns, by topic, with the marks of those that a rule does not get right.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/msd.hpp>

#include "turkish/inflector.hpp"

namespace reinflection::turkish {

/// The nouns of one field of life, separated by spaces; marks follow a noun after colons.
struct Topic {
  std::string_view name;
  std::string_view nouns;
};

/// | mark | what it says | example |
/// |---|---|---|
/// | soft | the last consonant softens though the rule would keep it | damat, damadı |
/// | hard | it stays though the rule would soften it | hukuk, hukuku |
/// | drop | the last vowel falls before a vowel | burun, burnu |
/// | double | the last consonant doubles before a vowel | hak, hakkı |
/// | front | front suffixes after a back vowel | saat, saati |
/// | y | y where other stems take n or s, or nothing | su, suyu |
/// | compound | written without the ending that its headword has | gözyaş: gözyaşı, gözyaşları |
inline constexpr std::array<Topic, 14> topics{{
    {"people",
     "anne baba abla ağabey kardeş dede teyze hala amca dayı torun oğul:drop kız oğlan çocuk "
     "bebek kadın adam insan gelin damat:soft koca karı eş dost arkadaş misafir akraba aile "
     "ikiz yabancı düşman hanım halk ulus enişte baldız hoca usta çırak komşu"},
    {"work",
     "öğretmen öğrenci doktor hemşire asker işçi müdür patron başkan bakan prens sultan "
     "garson balıkçı çoban kasap terzi demirci marangoz şair oyuncu şarkıcı hırsız katil "
     "sporcu futbolcu müşteri yolcu rehber tercüman dişçi kuyumcu köylü dansçı korsan aktör "
     "imam papaz avukat polis kral pilot kaptan yazar mimar"},
    {"body",
     "göz kaş kirpik burun:drop diş dil dudak kulak saç sakal bıyık yanak alın:drop boğaz "
     "dirsek bilek parmak göğüs:drop kalp:soft:front karın:drop bel diz ayak deri beyin:drop "
     "böbrek bağırsak kas ses can akıl:drop beden göbek baş ağız:drop boyun:drop omuz:drop "
     "kol el bacak kan zihin:drop vücut:soft nefes ruh cilt:soft avuç:drop nabız:drop"},
    {"food",
     "şeker tuz yağ peynir yoğurt:soft çorba makarna salata elma portakal limon muz üzüm "
     "karpuz kiraz çilek şeftali erik incir dut fındık fıstık domates patates soğan sarımsak "
     "ıspanak lahana marul nohut arpa mısır kabak patlıcan zeytin pasta börek kek dondurma "
     "lokum simit:soft köfte kebap turşu bira şarap dilim tatlı baharat tarçın ayran şerbet "
     "ekmek su:y süt çay kahve biber meyve armut:soft ceviz havuç fasulye pirinç bal reçel "
     "zeytinyağ:compound ayçiçek:compound"},
    {"home",
     "oda kapı pencere bahçe mutfak salon masa yatak yastık dolap ayna mum fırın tabak "
     "bardak çatal bıçak kutu sepet çanta tarak fırça çekiç iğne ip düğme anahtar telefon "
     "radyo kitap defter silgi gazete dergi mektup fotoğraf oyuncak top kibrit bayrak kapak "
     "musluk çekmece balta kazma tel torba ütü makine kulübe çadır ev duvar tavan merdiven "
     "balkon sandalye halı perde kaşık lamba tencere şişe sabun havlu süpürge çivi makas "
     "kilit:soft kalem resim:drop para cüzdan pil ampul:front buzdolap:compound"},
    {"clothes",
     "elbise gömlek etek ayakkabı çorap terlik yüzük küpe kolye bilezik gözlük şemsiye kumaş "
     "cep:soft yaka mendil kürk ipek pamuk pantolon ceket kazak palto şapka kemer"},
    {"nature",
     "dağ göl deniz ada taş kaya çamur orman ağaç yaprak çiçek lale ot tohum güneş yıldız "
     "gök:soft bulut yağmur kar fırtına sis kül ışık gölge yaz dünya çöl mağara çam meşe "
     "söğüt:soft gürgen dalga köpük doğa maden altın inci elmas nehir:drop ırmak kıyı kum "
     "toprak dal kök gül ay hava ateş duman kış buz cam demir petrol:front"},
    {"animals",
     "köpek kedi at eşek inek öküz boğa kuzu keçi domuz ördek hindi serçe kartal baykuş "
     "karga leylek kuş balık yengeç kurbağa yılan kaplan ayı sincap fare kirpi fil maymun "
     "geyik dinozor böcek karınca kelebek sinek örümcek akrep kuğu bülbül midye tavuk horoz "
     "arı kurt:soft tavşan aslan deve hayvan kanat:soft"},
    {"places",
     "şehir:drop köy ülke kent sokak yol köprü okul hastane banka otel hamam kilise kale "
     "tiyatro fabrika ofis sınır bölge başkent çiftlik bağ kuyu baraj kümes kanal park müze "
     "sinema liman cadde"},
    {"travel",
     "araba tren uçak gemi kayık bisiklet taksi otomobil roket fren bilet yelken otobüs "
     "kamyon metro motor"},
    {"time",
     "zaman gün sabah akşam gece yarın dönem ömür:drop bayram mart nisan mayıs haziran ocak "
     "şubat ağustos eylül kasım aralık saat:front hafta yıl dakika asır:drop vakit:drop "
     "nesil:drop"},
    {"mind",
     "aşk nefret acı neşe hayat yaşam ölüm doğum hastalık mutluluk güzellik gençlik açlık "
     "heyecan kaygı şüphe dilek arzu karar onur uyku his:double fikir:drop hayal:front "
     "umut:soft rüya korku sabır:drop merak:hard dert:soft dikkat:front"},
    {"society",
     "söz sözcük cümle sayı rakam soru konu bilgi bilim ders not hata yalan ad isim:drop "
     "kelime harf:front cevap dua melek peri namaz günah oy barış silah kılıç kalkan bomba "
     "zafer iş maaş borç:soft şirket dernek kurum kural sistem hesap haber mesaj yetki dava "
     "düğün gol:front yarış madalya sanat şiir masal destan öykü film sahne sözlük program "
     "ekran rol:front kabul:front kontrol:front hak:double sır:double hukuk:hard devlet "
     "savaş ordu müzik şarkı dans oyun spor maç izin:drop emir:drop görev yurt:soft "
     "işgüç:compound"},
    {"things",
     "renk:soft sarı beyaz şekil:drop biçim kare üçgen çizgi nokta çember taraf alt üst sağ "
     "kenar uç:soft parça bütün bölüm grup:soft sınıf amaç neden sebep sonuç güç:soft hız "
     "ilaç ek süs yara çap çöp çan bank kart tat:soft dip:soft cisim:drop hal:front "
     "alkol:front zam:double sembol:front metal:front hat:double köşe kısım:drop çeşit:soft "
     "örnek yeşil siyah mavi kayıp:drop metin:drop zehir:drop gözyaş:compound "
     "kafatas:compound"},
}};

namespace detail {

inline void apply_mark(std::string_view mark, Noun& noun) {
  if (mark == "soft") {
    noun.softening = Softening::always;
  } else if (mark == "hard") {
    noun.softening = Softening::never;
  } else if (mark == "drop") {
    noun.drops_vowel = true;
  } else if (mark == "double") {
    noun.doubles = true;
  } else if (mark == "front") {
    noun.front = true;
  } else if (mark == "y") {
    noun.takes_y = true;
  } else if (mark == "compound") {
    noun.compound = true;
  } else {
    vaecollapse::raise(vaecollapse::Error(
        "the noun " + vaecollapse::utf8::encode(noun.stem) + ": found the mark '" +
        std::string(mark) + "', expected soft, hard, drop, double, front, y or compound"));
  }
}

}  // namespace detail

/// Reads one entry of the table, `kalp:soft:front`. \throws Error for an unknown mark
inline Noun read_noun(std::string_view entry) {
  const auto parts = vaecollapse::split(entry, ':');
  Noun noun{.stem = vaecollapse::utf8::decode(parts.front())};
  for (auto mark = parts.begin() + 1; mark != parts.end(); ++mark) detail::apply_mark(*mark, noun);
  return noun;
}

/// All nouns of the table, in its order.
inline std::vector<Noun> everyday_nouns() {
  std::vector<Noun> nouns;
  for (const Topic& topic : topics) {
    for (const auto entry : vaecollapse::split(topic.nouns, ' ')) {
      nouns.push_back(read_noun(entry));
    }
  }
  return nouns;
}

}  // namespace reinflection::turkish
